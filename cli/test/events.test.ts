import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryFolder, startPlatform, type TemporaryFolder, type TestPlatform } from '@sovfn/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dropMessages } from './drop-messages.ts';
import { type Given, runInProcess } from './run-in-process.ts';

const CODE = `
export default {
  async fetch(request: Request) {
    const text = await request.text();
    if (text === 'throw') throw new Error('no such account');
    if (text === 'refuse') return new Response('account closed', { status: 422 });
    return Response.json({ got: text });
  },
};
`;
const UNKNOWN = '01k2v5w8q9xr3t7yb4n6m0zc1d';
const FRENCH = { LANG: 'fr_FR.UTF-8' };

let platform: TestPlatform;
let folder: TemporaryFolder;
beforeAll(async () => {
  platform = await startPlatform();
  folder = await makeTemporaryFolder('cli');
  await deploy('ledger', { webhooks: [{ name: 'in', verify: 'none' }], retry: { attempts: 1 } });
}, 120_000);
afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function deploy(name: string, config: object): Promise<void> {
  const root = join(folder.path, name);
  await mkdir(root);
  await writeFile(join(root, 'index.ts'), CODE);
  await writeFile(join(root, 'sovfn.jsonc'), JSON.stringify({ name, main: 'index.ts', ...config }));
  const deployed = await sovfn(['deploy', root]);
  if (deployed.code !== 0) throw new Error(deployed.stderr);
}

const sovfn = (argv: readonly string[], given: Given = {}) =>
  runInProcess(argv, { ...given, env: { ...platform.environment, ...given.env } });
const json = async (...argv: string[]) =>
  JSON.parse((await sovfn([...argv, '--json'])).stdout) as Record<string, unknown>;

async function accept(name: string, data: string, ...more: string[]): Promise<string> {
  const accepted = await sovfn(['invoke', name, '/pay?token=hunter2', '-d', data, '--async', ...more]);
  return accepted.stdout.trim();
}

async function stateOf(event: string): Promise<unknown> {
  return (await json('events', 'show', event))['state'];
}

async function untilState(event: string, state: string): Promise<void> {
  await expect.poll(async () => stateOf(event), { timeout: 25_000 }).toBe(state);
}

describe('events list', () => {
  test('its JSON has the word of the state once for each event: scripts count with grep', async () => {
    await deploy('counted', {});
    const events: string[] = [];
    for (let i = 0; i < 5; i++) events.push(await accept('counted', `n${i}`));
    for (const event of events) await untilState(event, 'succeeded');
    const { stdout } = await sovfn(['events', 'list', 'counted', '--json', '--limit', '1000']);
    expect(stdout.match(/"succeeded"/g)).toHaveLength(5);
    expect(JSON.parse(stdout)).toMatchObject({ events: events.toReversed().map((event) => ({ event })), next: null });
  });

  test('for people it is a table, newest first, that says where to go on', async () => {
    const done = await accept('ledger', 'pay');
    await untilState(done, 'succeeded');
    const dead = await accept('ledger', 'throw');
    await untilState(dead, 'dead-lettered');
    const { stdout, stderr } = await sovfn(['events', 'list', 'ledger', '-n', '2']);
    expect(stdout).toMatch(
      new RegExp(
        `^event {23}state {10}from {3}accepted {13}attempts {2}end\n` +
          `${dead} {2}dead-lettered {2}async {2}\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d {2}1 {9}exception\n` +
          `${done} {2}succeeded {6}async {2}.{19} {2}1 {9}200\n$`,
      ),
    );
    expect(stderr).toBe(`There may be older ones: --before ${done}\n`);
    expect((await sovfn(['events', 'list', 'ledger', '--before', done])).stderr).toBe('ledger has no such events.\n');
    expect((await sovfn(['events', 'list', 'ledger', '--state', 'succeeded', '--from', '1h'])).stdout).toContain(done);
    expect((await sovfn(['events', 'list', 'ledger', '--trigger', 'webhook'])).stdout).toBe('');
  });

  test.each([
    [['--state', 'suceeded'], '--state cannot be "suceeded"', 'Did you mean succeeded?'],
    [['--trigger', 'cron'], '--trigger cannot be "cron"', 'Possible: async, webhook, schedule, queue.'],
    [['--from', 'yesterday'], '--from is "yesterday", which is no time', 'or --from 2h for two hours ago'],
    [['--limit', '0'], '--limit is "0"', 'from 1 to 100000'],
    [['--before', 'x'], '"x" is no id of an event', 'Ids have 26 characters'],
  ])('%j is refused with what is possible', async (words, reason, hint) => {
    const { code, stderr, stdout } = await sovfn(['events', 'list', 'ledger', ...words]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(reason);
    expect(stderr).toContain(hint);
  });
});

test('events show tells the whole story of one, without its secrets', async () => {
  const event = await accept('ledger', 'pay');
  await untilState(event, 'succeeded');
  const { stdout, code } = await sovfn(['events', 'show', event]);
  expect(code).toBe(0);
  expect(stdout).toMatch(new RegExp(`^event {5}${event}\nfunction {2}ledger \\(fr\\)\nstate {5}succeeded\n`));
  for (const part of ['POST http://', '/pay?token=…', 'sovfn-outputs/main/ledger/', '\nattempt  began', ' 200 ']) {
    expect(stdout).toContain(part);
  }
  expect(stdout).not.toContain('hunter2');
  expect((await sovfn(['events', 'show', UNKNOWN])).stderr).toContain('(event-not-found)');
  expect((await sovfn(['events', 'show', event], { env: FRENCH })).stdout).toContain(`événement  ${event}\n`);
});

test('events replay runs one again, and those of a time, under a key once', async () => {
  await deploy('again', {});
  const event = await accept('again', 'x');
  await untilState(event, 'succeeded');
  const one = (await sovfn(['events', 'replay', event])).stdout.trim();
  await untilState(one, 'succeeded');
  expect(await json('events', 'show', one)).toMatchObject({ replayOf: event });
  const asked = ['events', 'replay', '--function', 'again', '--from', '1h', '--to', new Date().toISOString()];
  const many = await sovfn([...asked, '--json']);
  expect(many.stderr).toBe('2 events run again, 0 skipped.\n');
  const { key, replayed } = JSON.parse(many.stdout) as { key: string; replayed: unknown[] };
  expect(JSON.parse((await sovfn([...asked, '--key', key, '--json'])).stdout)).toMatchObject({ replayed });
  const without = await sovfn(['events', 'replay', '--function', 'again']);
  expect([without.code, without.stderr]).toEqual([
    1,
    '✖ events of which time are to run again is not said (usage)\n  → Add --from, such as --from 2h or --from 2026-11-26T08:00.\n',
  ]);
  expect((await sovfn(['events', 'replay'])).stderr).toContain('no event is named');
  expect((await sovfn(['events', 'replay', event, '--function', 'x'])).stderr).toContain('cannot stand together');
});

test('events cancel ends what waits, says what had ended, and asks before it ends many', async () => {
  const delayed = await accept('ledger', 'x', '--delay', '1h');
  expect(await sovfn(['events', 'cancel', delayed])).toMatchObject({ code: 0, stdout: `✔ ${delayed} is cancelled\n` });
  const done = await accept('ledger', 'x');
  await untilState(done, 'succeeded');
  const late = await sovfn(['events', 'cancel', done]);
  expect([late.code, late.stderr]).toEqual([1, `${done} had ended before: succeeded\n`]);
  const other = await accept('ledger', 'x', '--delay', '1h');
  const unasked = await sovfn(['events', 'cancel', '--function', 'ledger']);
  expect([unasked.code, unasked.stderr]).toEqual([
    1,
    '✖ cancelling events of ledger needs a confirmation (usage)\n  → Add --yes.\n',
  ]);
  const many = await sovfn(['events', 'cancel', '--function', 'ledger', '--yes']);
  expect(many).toMatchObject({ code: 0, stdout: `${other}  cancelled\n`, stderr: '1 events are cancelled.\n' });
});

test('paused events wait, the list says so, and resumed ones run', async () => {
  await deploy('held', {});
  expect((await sovfn(['events', 'pause', 'held'])).stdout).toBe(
    '✔ no further event of held begins; they are still accepted\n',
  );
  const event = await accept('held', 'x');
  const list = await sovfn(['events', 'list', 'held']);
  expect(list.stdout).toContain(`${event}  pending`);
  expect(list.stderr).toMatch(/^The events of held are paused since .{19}: sovfn events resume held\n$/);
  expect((await sovfn(['events', 'resume', 'held'])).stdout).toBe('✔ the events of held run\n');
  await untilState(event, 'succeeded');
});

test('dead letters are listed, shown, redriven and purged; purging asks', async () => {
  await deploy('dying', { retry: { attempts: 1 } });
  const thrown = await accept('dying', 'throw');
  const refused = await accept('dying', 'refuse');
  for (const event of [thrown, refused]) await untilState(event, 'dead-lettered');
  const list = await sovfn(['dlq', 'list', 'dying']);
  expect(list.stdout).toMatch(
    new RegExp(`^event .* cause\n${refused} {2}async .* 422\n${thrown} {2}async .* 1 .*no such account\n$`),
  );
  const shown = await sovfn(['dlq', 'show', refused]);
  for (const part of ['Last response: 422, 14 B', '\naccount closed', 'POST http://', '\nattempt  began']) {
    expect(shown.stdout).toContain(part);
  }
  const redriven = (await sovfn(['dlq', 'redrive', refused])).stdout.trim();
  await untilState(redriven, 'dead-lettered');
  expect((await sovfn(['dlq', 'show', refused])).stderr).toContain('(letter-not-found)');
  const many = await sovfn(['dlq', 'redrive', '--function', 'dying', '--outcome', 'exception']);
  expect(many.stdout).toMatch(new RegExp(`^${thrown} {2}→ {2}[0-9a-z]{26}\n$`));
  expect(many.stderr).toBe('1 dead letters run again, 0 skipped.\n');
  const unasked = await sovfn(['dlq', 'purge', redriven]);
  expect([unasked.code, unasked.stderr]).toEqual([
    1,
    `✖ deleting the dead letter ${redriven} needs a confirmation (usage)\n  → Add --yes.\n`,
  ]);
  const declined = await sovfn(['dlq', 'purge', '--function', 'dying'], { isTTY: true, stdin: 'n\n' });
  expect([declined.code, declined.stderr]).toEqual([
    1,
    'Delete the dead letters of dying that the filter fits? They cannot be run again then. [y/N]\nNothing was deleted.\n',
  ]);
  expect((await sovfn(['dlq', 'purge', redriven, '--yes'])).stdout).toBe(`✔ the dead letter ${redriven} is deleted\n`);
  await expect.poll(async () => ((await json('dlq', 'list', 'dying'))['letters'] as []).length).toBe(1);
  expect((await sovfn(['dlq', 'purge', '--function', 'dying', '-y'], { env: FRENCH })).stdout).toBe(
    '✔ 1 lettres mortes supprimées\n',
  );
  expect((await sovfn(['dlq', 'list', 'dying'])).stderr).toBe('dying has no such dead letters.\n');
}, 60_000);

test('events reconcile says that nothing disagrees, and fails when a message was dropped by hand', async () => {
  await deploy('compared', {});
  const done = await accept('compared', 'x');
  await untilState(done, 'succeeded');
  const lost = await accept('compared', 'x', '--delay', '1h');
  const fine = await sovfn(['events', 'reconcile', 'compared']);
  expect(fine.code).toBe(0);
  expect(fine.stdout).toBe('function  accepted  ended  waiting  disagree\ncompared  2         1      1        0\n');
  expect(fine.stderr).toMatch(/^Compared: events accepted since .{19}; messages of queues are not\.\n$/);
  expect((await sovfn(['events', 'reconcile'])).stdout).toMatch(/\ncompared +2 +1 +1 +0\n/);
  await dropMessages(platform, 'EVT_fr', `sched.fr.main.compared.${lost}`);
  const wrong = await sovfn(['events', 'reconcile', 'compared']);
  expect(wrong.code).toBe(70);
  expect(wrong.stdout).toContain(`✖ compared  ${lost}  lost: there is no record of it, and no message waits\n`);
  expect(await json('events', 'reconcile', 'compared')).toMatchObject({ functions: [{ disagreementCount: 1 }] });
});
