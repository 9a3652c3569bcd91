import { BUNDLE_BYTES } from '@sovfn/protocol';
import { expect, test } from 'vitest';
import { errorOf, makeFolder } from '../../test/folder.ts';
import { readConfig } from './read-config.ts';

const EDITOR_HINT =
  'Correct the file; with "$schema": "./node_modules/sovfn/sovfn.schema.json" in it, an editor checks it while you type.';

async function configErrorOf(text: string) {
  await using folder = await makeFolder({ 'sovfn.jsonc': text });
  const error = await errorOf(readConfig(folder.path));
  expect(error.code).toBe('config-invalid');
  return error;
}

test('a configuration is read with comments, trailing commas, a byte order mark and its defaults', async () => {
  await using folder = await makeFolder({
    'sovfn.jsonc': '\uFEFF{\r\n  // the name\r\n  "name": "hello", /* entry */ "main": "src/index.ts",\r\n}\r\n',
  });
  const { config, path } = await readConfig(folder.path);
  expect(path).toBe(`${folder.path}/sovfn.jsonc`);
  expect(config).toMatchObject({ name: 'hello', main: 'src/index.ts', residency: 'fr', outputs: 'events' });
});

test('a folder without sovfn.jsonc says what to create', async () => {
  await using folder = await makeFolder({});
  const error = await errorOf(readConfig(folder.path));
  expect(error.code).toBe('config-not-found');
  expect(error.message).toBe(`${folder.path}/sovfn.jsonc cannot be read: there is no such file.`);
  expect(error.hint).toBe(
    'Run `sovfn init <name>`, or create the file with at least { "name": "hello", "main": "src/index.ts" }.',
  );
});

test.each([
  [
    '{\n  "name": "hello"\n  "main": "src/index.ts"\n}',
    'sovfn.jsonc:3:3: Syntax error: a comma must stand before this.\n  3 |   "main": "src/index.ts"\n    |   ^^^^^^',
  ],
  [
    '{ name: "hello" }',
    'sovfn.jsonc:1:3: Syntax error: this is no JSON value; names and texts stand in double quotes.\n  1 | { name: "hello" }\n    |   ^^^^',
  ],
  ['{ "name": }', 'sovfn.jsonc:1:11: Syntax error: a value must follow.\n  1 | { "name": }\n    |           ^'],
  [
    '{ "name": "a',
    'sovfn.jsonc:1:11: Syntax error: the text is not closed by a double quote on its line.\n  1 | { "name": "a\n    |           ^^',
  ],
  [
    '{ "name": "a" ',
    'sovfn.jsonc:1:15: Syntax error: a closing } is missing.\n  1 | { "name": "a" \n    |               ^',
  ],
  ['{}}', 'sovfn.jsonc:1:3: Syntax error: nothing may follow the closing }.\n  1 | {}}\n    |   ^'],
  ['', 'sovfn.jsonc:1:1: Syntax error: a value must follow.\n  1 | \n    | ^'],
])('a syntax error shows its place: %j', async (text, message) => {
  expect((await configErrorOf(text)).message).toBe(message);
});

const config = (more: string): string => `{\n  "name": "hello",\n  "main": "src/index.ts",\n  ${more}\n}`;

/** The configuration with one more line, and what is wrong with it in that line: column and text. */
test.each([
  ['"limit": {}', '4:3: Unknown key "limit": did you mean "limits"?'],
  ['"Routes": []', '4:3: Unknown key "Routes": did you mean "routes"?'],
  ['"limits": { "memoryMB": 1 }', '4:15: Unknown key "memoryMB" in "limits": did you mean "memoryMb"?'],
  ['"limits": { "cpu": 1 }', '4:15: Unknown key "cpu" in "limits": did you mean "cpuMs"?'],
  [
    '"schedules": [{ "name": "n", "cron": "* * * * *", "timzone": "UTC" }]',
    '4:53: Unknown key "timzone" in "schedules[0]": did you mean "timezone"?',
  ],
  [
    '"schedules": [{ "name": "n", "cron": "61 * * * *" }]',
    '4:40: "schedules[0].cron" is "61 * * * *": minute "61" is not possible: it is 0–59.',
  ],
  [
    '"schedules": [{ "name": "n", "cron": "@daily", "timezone": "paris" }]',
    '4:62: "schedules[0].timezone" is "paris": it must be the IANA name of a time zone, such as Europe/Paris.',
  ],
  [
    '"schedules": [{ "name": "n", "cron": "every 1m", "jitter": "1m" }]',
    '4:62: "schedules[0].jitter" is "1m": it must be shorter than the time between two ticks, which is 60 s.',
  ],
  [
    '"schedules": [{ "name": "n", "cron": "@daily", "start": "soon" }]',
    '4:59: "schedules[0].start" is "soon": it must be a time such as 2026-10-25T02:30, or with its offset 2026-10-25T02:30+01:00.',
  ],
  [
    '"schedules": [{ "name": "n", "cron": "@daily", "start": "2026-01-02T00:00", "end": "2026-01-02T00:00" }]',
    '4:86: "schedules[0].end" is "2026-01-02T00:00": it must be after the start.',
  ],
  [
    '"schedules": [{ "name": "n", "cron": "0 8 1 5 *", "except": "fr-holidays" }]',
    '4:40: "schedules[0].cron" is "0 8 1 5 *": never holds: all its days are holidays.',
  ],
  [
    '"schedules": [{ "name": "n", "cron": "@daily" }, { "name": "n", "cron": "@hourly" }]',
    '4:62: "schedules[1].name" is "n": it must differ from the schedules before it.',
  ],
  [
    '"bindings": { "PDF": { "type": "service", "function": "pdf", "fonction": 1 } }',
    '4:64: Unknown key "fonction" in "bindings.PDF": did you mean "function"?',
  ],
  ['"outputs": { "keeep": "all" }', '4:16: Unknown key "keeep" in "outputs": did you mean "keep"?'],
  [
    '"webhooks": [{ "name": "n", "verify": "none", "zzzzzzzz": 1 }]',
    '4:49: Unknown key "zzzzzzzz" in "webhooks[0]": valid are "name", "provider", "secret", "verify", "tolerance", "signature", "idHeader", "typeHeader", "acknowledge".',
  ],
  [
    '"__proto__": {}',
    '4:3: Unknown key "__proto__": valid are "$schema", "name", "main", "residency", "limits", "routes", "webhooks", "schedules", "events", "retry", "vars", "secrets", "bindings", "egress", "outputs", "logs".',
  ],
  ['"limits": { "cpuMs": 0 }', '4:24: "limits.cpuMs" is 0: it must be at least 1.'],
  ['"limits": { "memoryMb": 99999 }', '4:27: "limits.memoryMb" is 99999: it must be at most 1024.'],
  ['"limits": { "wallMs": 1.5 }', '4:25: "limits.wallMs" is 1.5: it must be a whole number.'],
  [
    '"limits": { "wasmMemoryMb": 120 }',
    '4:31: "limits.wasmMemoryMb" is 120: it is a part of limits.memoryMb, which is 128, and must leave 16 of it.',
  ],
  ['"limits": "none"', '4:13: "limits" is "none": it must be an object { … }.'],
  [
    '"routes": ["/ok", "no"]',
    '4:21: "routes[1]" is "no": it must be a path such as /invoices/* (a * only as the last segment).',
  ],
  ['"routes": ["/fn/mine"]', '4:14: "routes[0]" is "/fn/mine": /fn and /hooks belong to the platform.'],
  ['"residency": "FR"', '4:16: "residency" is "FR": it must be 1–63 of a–z, 0–9 and -, without - at either end.'],
  ['"outputs": "al"', '4:14: "outputs" is "al": it must be one of "events", "all", "none".'],
  ['"outputs": { "keep": "al" }', '4:24: "outputs.keep" is "al": it must be one of "events", "all", "none".'],
  [
    '"bindings": { "STATE": { "type": "kvv" } }',
    '4:36: "bindings.STATE.type" is "kvv": it must be one of "kv", "bucket", "queue", "service".',
  ],
  [
    '"bindings": { "PDF": { "type": "service" } }',
    '4:24: "bindings.PDF.function" is missing: it must be a text in double quotes.',
  ],
  [
    '"bindings": { "JOBS": { "type": "queue", "batchSize": 101 } }',
    '4:57: "bindings.JOBS.batchSize" is 101: it must be at most 100.',
  ],
  [
    '"bindings": { "JOBS": { "type": "queue", "batchWait": "2m" } }',
    '4:57: "bindings.JOBS.batchWait" is "2m": it must be at most 60s.',
  ],
  [
    '"bindings": { "JOBS": { "type": "queue", "batchWait": "1 s" } }',
    '4:57: "bindings.JOBS.batchWait" is "1 s": it must be a number and a unit, such as 10s.',
  ],
  ['"vars": { "RATE": 20 }', '4:21: "vars.RATE" is 20: it must be a text in double quotes.'],
  [
    '"vars": { "MY-RATE": "20" }',
    '4:13: The name "MY-RATE" in "vars" must start with a letter or _, then letters, digits or _.',
  ],
  ['"secrets": null', '4:14: "secrets" is null: it must be a list [ … ].'],
  ['"retry": { "minDelay": "soon" }', '4:26: "retry.minDelay" is "soon": it must be a number and a unit, such as 10s.'],
  ['"vars": { "A": "1", "A": "2" }', '4:23: "A" is set twice in one object.'],
])('%s is refused with its place and the rule', async (line, expected) => {
  const { message, hint } = await configErrorOf(config(line));
  const [, ...textAndFrame] = expected.split(': ');
  const column = Number(expected.split(':')[1]);
  const [first, code, mark, ...rest] = message.split('\n');
  expect(first).toBe(`sovfn.jsonc:4:${column}: ${textAndFrame.join(': ')}`);
  expect(code).toBe(`  4 |   ${line}`);
  expect(mark).toMatch(new RegExp(`^    \\| {${column}}\\^+$`));
  expect(rest).toEqual([]);
  expect(hint).toBe(EDITOR_HINT);
});

test('what is missing is named, at the place where it belongs', async () => {
  const { message } = await configErrorOf('{ "name": "hello" }');
  expect(message).toBe(
    'sovfn.jsonc:1:1: "main" is missing: it must be a text in double quotes.\n  1 | { "name": "hello" }\n    | ^^^^^^^^^^^^^^^^^^^',
  );
});

test('all problems are told at once, in the order of the file', async () => {
  const { message, facts } = await configErrorOf('{ "nam": "hello", "main": 3, "limits": { "cpuMs": 0 }, "main": 4 }');
  expect(message.split('\n').filter((line) => line.startsWith('sovfn.jsonc'))).toEqual([
    'sovfn.jsonc:1:1: "name" is missing: it must be a text in double quotes.',
    'sovfn.jsonc:1:3: Unknown key "nam": did you mean "name"?',
    'sovfn.jsonc:1:27: "main" is 3: it must be a text in double quotes.',
    'sovfn.jsonc:1:51: "limits.cpuMs" is 0: it must be at least 1.',
    'sovfn.jsonc:1:56: "main" is set twice in one object.',
  ]);
  expect(facts).toMatchObject({
    problems: 5,
    positions: ['sovfn.jsonc:1:1', 'sovfn.jsonc:1:3', 'sovfn.jsonc:1:27', 'sovfn.jsonc:1:51', 'sovfn.jsonc:1:56'],
  });
});

test('of many problems the first ten are told, and how many there are', async () => {
  const keys = Array.from({ length: 12 }, (_, index) => `"x${index}": 1`).join(', ');
  const { message } = await configErrorOf(config(keys));
  expect(message.match(/^sovfn\.jsonc:/gm)).toHaveLength(10);
  expect(message).toMatch(/\n… and 2 more$/);
});

test('a long value and a long line are shown in part', async () => {
  const { message } = await configErrorOf(config(`"outputs": "${'x'.repeat(BUNDLE_BYTES)}"`));
  expect(message.length).toBeLessThan(500);
  expect(message).toContain(`"outputs" is "${'x'.repeat(59)}…: it must be one of`);
});

test.each([
  [
    '"secrets": ["KEY"]',
    'Nobody can get the secret "KEY": the code gets a placeholder of it, and "egress" lists no https origin',
  ],
  ['"egress": ["https://*.example.org", "http://a.fr"], "secrets": ["KEY"]', 'Nobody can get the secret "KEY"'],
  [
    '"egress": ["https://a.fr"], "secrets": [{ "name": "KEY", "hosts": ["b.fr"] }]',
    'sovfn.jsonc:4:70: The secret "KEY" names https://b.fr, which "egress" does not list.',
  ],
  [
    '"egress": ["https://a.example.org"], "secrets": [{ "name": "KEY", "hosts": ["*.example.org"] }]',
    'The secret "KEY" names https://*.example.org, which',
  ],
  [
    '"secrets": [{ "name": "KEY", "expose": true, "hosts": ["a.fr"] }]',
    'it must be left out: code that reads the value',
  ],
  [
    '"secrets": [{ "name": "KEY", "expose": true, "sign": true }]',
    'must be left out: code that reads the value signs with it itself',
  ],
  ['"secrets": [{ "name": "KEY", "host": "a.fr" }]', 'Unknown key "host" in "secrets[0]": did you mean "hosts"?'],
])('a secret that nobody could get is refused: %s', async (more, message) => {
  expect((await configErrorOf(config(more))).message).toContain(message);
});

test('a secret that a webhook verifies with may be listed beside it', async () => {
  const webhook = '"webhooks": [{ "name": "in", "provider": "standard", "secret": "KEY" }]';
  await using folder = await makeFolder({ 'sovfn.jsonc': config(`${webhook}, "secrets": ["KEY"]`) });
  expect((await readConfig(folder.path)).config.secrets).toEqual(['KEY']);
});

test.each([
  '"egress": ["https://a.fr"], "secrets": ["KEY"]',
  '"egress": ["https://a.fr", "https://*.example.org"], "secrets": [{ "name": "KEY", "hosts": ["a.fr", "*.example.org", "b.example.org"] }]',
  '"secrets": [{ "name": "KEY", "expose": true }]',
  '"secrets": [{ "name": "KEY", "sign": true }]',
])('a secret that somebody gets is taken: %s', async (more) => {
  await using folder = await makeFolder({ 'sovfn.jsonc': config(more) });
  expect((await readConfig(folder.path)).config.secrets).toHaveLength(1);
});
