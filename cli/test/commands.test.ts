import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryFolder, startPlatform, type TemporaryFolder, type TestPlatform } from '@sovfn/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runInProcess } from './run-in-process.ts';

const CODE = `
interface Order { readonly customer: { readonly name: string } | null }

export default {
  async fetch(request: Request) {
    const url = new URL(request.url);
    console.log('asked for', url.pathname, '\\u001b[2J');
    if (url.pathname === '/throw') {
      const order: Order = { customer: null };
      return Response.json(order.customer!.name);
    }
    if (url.pathname === '/loop') for (;;);
    if (url.pathname === '/type') return new Response(request.headers.get('content-type'));
    const body = await request.arrayBuffer();
    return new Response(body, { status: 201, headers: { 'content-type': 'application/octet-stream' } });
  },
};
`;

let platform: TestPlatform;
let folder: TemporaryFolder;
let echo: string;
beforeAll(async () => {
  platform = await startPlatform();
  folder = await makeTemporaryFolder('cli');
  echo = await writeFunction('echo', CODE, { outputs: 'all', routes: ['/echo/*'] });
}, 120_000);
afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function writeFunction(name: string, code: string, config: object = {}): Promise<string> {
  const root = join(folder.path, name);
  await mkdir(root);
  await writeFile(join(root, 'index.ts'), code);
  await writeFile(join(root, 'sovfn.jsonc'), JSON.stringify({ name, main: 'index.ts', ...config }));
  return root;
}

const sovfn = (argv: readonly string[], given: { stdin?: string; cwd?: string; isTTY?: boolean } = {}) =>
  runInProcess(argv, { env: { ...platform.environment }, ...given });
const json = async (...argv: string[]) =>
  JSON.parse((await sovfn([...argv, '--json'])).stdout) as Record<string, unknown>;

test('in a French terminal an error of the platform is said in French, with its own words below; as JSON it stays as it is', async () => {
  const env = { ...platform.environment, LANG: 'fr_FR.UTF-8' };
  const absent = await runInProcess(['show', 'absent'], { env });
  expect(absent.code).toBe(1);
  const [first, second, ...more] = absent.stderr.trimEnd().split('\n');
  expect(first).toBe('✖ Aucune fonction de ce nom n’est déployée (function-not-found)');
  expect(second).toMatch(/^ {2}En détail, en anglais : .*"absent"/);
  expect(more).toEqual(['  → Le conseil donne le nom le plus proche.']);
  const french = await runInProcess(['show', 'absent', '--json'], { env });
  expect(french.stdout).toBe((await sovfn(['show', 'absent', '--json'])).stdout);
  const unbuilt = await runInProcess(['build', folder.path], { env });
  expect(unbuilt.stderr).toMatch(/^✖ Une configuration, .* ne peut pas être lue \(config-not-found\)\n {2}En détail, /);
});

describe('deploy', () => {
  test('deploys the folder one is in, says the address, and that an unchanged one is left alone', async () => {
    const first = await sovfn(['deploy'], { cwd: echo });
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(
      /^✔ echo [0-9a-f]{12}… deployed in [\d.]+ s {2}→ {2}http:\S+\/fn\/echo\/\n {2}→ {2}http:\S+\/echo\/\*\n$/,
    );
    const again = await sovfn(['deploy', echo]);
    expect(again.stdout).toMatch(/^✔ echo [0-9a-f]{12}… unchanged, nothing to do \([\d.]+ s\)/);
    expect(await json('deploy', echo)).toMatchObject({ function: 'echo', result: 'unchanged', zone: 'fr' });
  });

  test('a folder without sovfn.jsonc, and code that does not build, are faults of the user', async () => {
    const empty = await sovfn(['deploy', folder.path]);
    expect(empty).toMatchObject({ code: 1, stdout: '' });
    expect(empty.stderr).toContain('(config-not-found)');
    const broken = await writeFunction('broken', "import fs from 'node:fs';\nexport default { fetch: () => fs };");
    const refused = await sovfn(['deploy', broken]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('index.ts:1:');
    expect(refused.stderr).toContain('(unsupported-import)');
  });

  test('what the platform refuses is shown with what to do, and as its problem with --json', async () => {
    const thief = await writeFunction('thief', CODE, { routes: ['/echo/*'] });
    const { code, stderr, stdout } = await sovfn(['deploy', thief, '--json']);
    expect(code).toBe(1);
    expect(stderr).toContain(
      '✖ the route "/echo/*" of "thief" belongs to the function "echo" (route-conflict)\n  → Choose',
    );
    expect(JSON.parse(stdout)).toMatchObject({ code: 'route-conflict', status: 409, facts: { function: 'echo' } });
  });

  test('limits shows what the folder sets and, once deployed, what the platform keeps to', async () => {
    const root = await writeFunction('bounded', CODE, { limits: { subrequests: 7 } });
    const here = await sovfn(['limits'], { cwd: root });
    expect(here.stdout).toMatch(/^subrequests +7 +sovfn\.jsonc +fetch and binding operations of one call$/m);
    expect(here.stdout).toMatch(/^cpuMs +200 +default +CPU time of one call; waiting is not counted$/m);
    expect(here.stdout).toMatch(/^urlKb +16 +platform +length of a URL$/m);
    await sovfn(['deploy', root]);
    expect(await json('limits', 'bounded')).toMatchObject({
      function: 'bounded',
      limits: expect.arrayContaining([{ limit: 'subrequests', value: 7, from: 'config' }]) as unknown,
    });
    await sovfn(['delete', 'bounded', '--yes']);
  });
});

describe('invoke --async', () => {
  test('the id of the accepted event is the result; the same key gives the same id', async () => {
    const asked = ['invoke', 'echo', '/later', '-d', 'x', '--async', '--delay', '1h', '--key', 'order-1'];
    const { code, stdout, stderr } = await sovfn(asked);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^[0-9a-z]{26}\n$/);
    expect(stderr).toContain('accepted; its status: http');
    expect(await json(...asked)).toMatchObject({ event: stdout.trim(), isDuplicate: true });
  });

  test.each([
    [['--delay', '10m'], '--delay is for asynchronous calls only'],
    [['--async', '--delay', 'soon'], '"soon" is no duration'],
    [['--async', '--at', 'soon'], '"soon" is no time'],
    [['--async', '--at', '2026-10-25T02:30Z', '--delay', '1m'], '--delay and --at cannot stand together'],
  ])('%j is refused before anything is sent', async (args, reason) => {
    const { code, stderr } = await sovfn(['invoke', 'echo', ...args]);
    expect(code).toBe(1);
    expect(stderr).toContain(reason);
  });

  test('a callback goes out signed with the key that callback-key shows, and not to this machine', async () => {
    const shown = await sovfn(['callback-key', 'echo']);
    expect(shown.stdout).toMatch(/^whsec_[A-Za-z0-9+/]{43}=\n$/);
    expect(await json('callback-key', 'echo')).toEqual({ v: 1, key: shown.stdout.trim() });
    const refused = await sovfn(['invoke', 'echo', '--async', '--callback', 'http://localhost:9999/done']);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      'a callback to http://localhost:9999 is not allowed: the address is not on the internet',
    );
  });
});

describe('invoke', () => {
  test('the body goes to stdout byte for byte, the log and the facts to stderr', async () => {
    const file = join(folder.path, 'body.bin');
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 256));
    await writeFile(file, bytes);
    const { code, stdoutBytes, stderr } = await sovfn(['invoke', 'echo', '/a b', '--data', `@${file}`]);
    expect(code).toBe(0);
    expect(stdoutBytes.equals(bytes)).toBe(true);
    expect(stderr).toMatch(/info {2}asked for \/a%20b \\u001b\[2J\n/);
    expect(stderr).toMatch(/✔ 201 [0-9a-f]{12}… · node node-1 · .*cpu [\d.]+ ms.* · [0-9a-z]{26}\n$/);
  });

  test('data comes from stdin, too, makes it a POST, and JSON says that it is', async () => {
    expect((await sovfn(['invoke', 'echo', '-d', '@-'], { stdin: 'bonjour' })).stdout).toBe('bonjour');
    const typed = ['invoke', 'echo', '/type', '-d', '{"a": 1}'];
    expect((await sovfn(typed)).stdout).toBe('application/json');
    expect((await sovfn([...typed, '-H', 'content-type: text/plain'])).stdout).toBe('text/plain');
    expect(await json('invoke', 'echo', '-d', 'x', '-H', 'x-test: 1')).toMatchObject({
      outcome: 'ok',
      status: 201,
      body: { encoding: 'utf8', data: 'x' },
    });
  });

  test('an error of the function is shown with the lines of its TypeScript, once', async () => {
    const { code, stdout, stderr } = await sovfn(['invoke', 'echo', '/throw']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('info  asked for /throw');
    expect(stderr).toContain("✖ TypeError: Cannot read properties of null (reading 'name') (exception)\n");
    expect(stderr.match(/at \S+ \(index\.ts:10:44\)/g)).toHaveLength(1);
  });

  test('a call that passes a limit says which, its value, and what was measured', async () => {
    const { code, stderr } = await sovfn(['invoke', 'echo', '/loop']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/✖ .*CPU.*200.* \(exceeded-cpu\)\n {2}→ Raise limits\.cpuMs in sovfn\.jsonc/);
    expect(await json('invoke', 'echo', '/loop')).toMatchObject({
      outcome: 'exceeded-cpu',
      failure: { limit: 'cpuMs', limitValue: 200 },
    });
  });

  test('an unknown function is refused with the nearest name', async () => {
    const { code, stderr } = await sovfn(['invoke', 'ecko']);
    expect(code).toBe(1);
    expect(stderr).toBe('✖ there is no function "ecko" (function-not-found)\n  → Did you mean "echo"?\n');
  });
});

describe('what a version is made of', () => {
  test('build shows the version that deploy makes, and --verify whether it is the one that answers', async () => {
    const root = await writeFunction('made', CODE);
    expect((await sovfn(['deploy', root])).code).toBe(0);
    const { version } = await json('show', 'made');
    const same = await sovfn(['build', root, '--verify']);
    expect([same.code, same.stdout]).toEqual([0, expect.stringMatching(/✔ This is the version that answers\.\n$/)]);
    expect(same.stdout).toContain(version as string);
    await writeFile(join(root, 'sovfn.jsonc'), JSON.stringify({ name: 'made', main: 'index.ts', routes: ['/made'] }));
    const other = await sovfn(['build', root, '--verify']);
    expect(other.code).toBe(1);
    expect(other.stdout).toMatch(/✖ The version that answers, [0-9a-f]{12}, is another one\. Different: routes\.\n$/);
    expect(await json('build', root)).toMatchObject({ function: 'made', deployed: null, isSame: null });
    await sovfn(['delete', 'made', '--yes']);
  });

  test('what the control API refuses has a next step on the command line', async () => {
    const refused = await sovfn(['show', 'Not_A_Name']);
    expect(refused.stderr).toContain('✖ the path is not as it must be: name: must be');
    expect(refused.stderr).toContain(
      '→ Correct the value that is named; `--help` of the command says what is possible.',
    );
  });

  test('sbom writes a bill of materials', async () => {
    const root = await writeFunction('bill', CODE);
    const { stdout } = await sovfn(['sbom', root]);
    expect(JSON.parse(stdout)).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name: 'bill' } } });
    const written = await sovfn(['sbom', root, '--output', 'bill.json'], { cwd: root });
    expect(await readFile(join(root, 'bill.json'), 'utf8')).toBe(stdout);
    expect(written.stdout).toBe(`written: ${join(root, 'bill.json')}\n`);
    const nowhere = await sovfn(['sbom', root, '--output', 'nowhere/bill.json'], { cwd: root });
    expect([nowhere.code, nowhere.stderr]).toEqual([
      1,
      expect.stringContaining('bill.json cannot be written: there is no such file or folder'),
    ]);
  });
});

describe('what a function reaches', () => {
  let root: string;
  const rewrite = async (egress: readonly string[]): Promise<void> => {
    await writeFile(join(root, 'sovfn.jsonc'), JSON.stringify({ name: 'reach', main: 'index.ts', egress }));
  };
  const OUTSIDE = `export default { async fetch(request) {
    return new Response(await fetch(new URL(request.url).searchParams.get('to')).then(() => 'reached', (error) => error.message));
  } };`;

  test('deploy says what is new, asks on a terminal, and refuses where nobody can be asked', async () => {
    root = await writeFunction('reach', OUTSIDE, { egress: ['http://127.0.0.1:9'] });
    expect((await sovfn(['deploy', root])).stdout).toContain('\n  + may reach http://127.0.0.1:9\n');
    await rewrite(['https://api.insee.fr']);
    const alone = await sovfn(['deploy', root]);
    expect([alone.code, alone.stdout]).toEqual([1, '']);
    expect(alone.stderr).toContain('may reach what the current one may not: https://api.insee.fr');
    const asked = await sovfn(['deploy', root], { stdin: 'n\n', isTTY: true });
    expect([asked.code, asked.stdout]).toEqual([1, '']);
    expect(asked.stderr).toContain('"reach" may newly reach https://api.insee.fr. Deploy it? [y/N]');
    const agreed = await sovfn(['deploy', root], { stdin: 'y\n', isTTY: true });
    expect(agreed.stdout).toMatch(/ {2}\+ may reach https:\/\/api\.insee\.fr\n {2}− no longer reaches http:\/\/127/);
    await rewrite(['http://127.0.0.1:9']);
    expect((await sovfn(['deploy', root, '--accept-egress'])).code).toBe(0);
  });

  test('egress list shows each request that was sent or refused', async () => {
    for (const to of ['https://elsewhere.example/path?key=hidden', 'http://127.0.0.1:9/']) {
      await platform.call(`/fn/reach/?to=${encodeURIComponent(to)}`);
    }
    await expect.poll(async () => (await json('egress', 'list', 'reach'))['requests']).toHaveLength(2);
    const { stdout } = await sovfn(['egress', 'list', 'reach']);
    expect(stdout).toMatch(/^time +request +address +country +sent +received +outcome\n/);
    expect(stdout).toMatch(
      /GET http:\/\/127\.0\.0\.1:9 +– +– +0 B +0 B +refused\n.*GET https:\/\/elsewhere\.example +– .* refused/,
    );
    expect(stdout).not.toContain('hidden');
    const one = await json('egress', 'list', 'reach', '--refused', '--host', 'elsewhere');
    expect(one['requests']).toMatchObject([
      { origin: 'https://elsewhere.example', outcome: 'refused', node: 'node-1' },
    ]);
    await sovfn(['delete', 'reach', '--yes']);
  });
});

test('list and show tell what is deployed', async () => {
  expect((await sovfn(['list'])).stdout).toMatch(/^function +version +zone +deployed +URL\necho +[0-9a-f]{12} +fr /);
  const { stdout } = await sovfn(['show', 'echo']);
  for (const fact of ['cpuMs 200', `${platform.publicUrl}/echo/*`, 'current']) expect(stdout).toContain(fact);
  expect(await json('show', 'echo')).toMatchObject({ name: 'echo', config: { outputs: 'all' } });
});

test('status tells that every part is ready, by its exit code too', async () => {
  await expect.poll(async () => (await sovfn(['status'])).code).toBe(0);
  expect(await json('status')).toMatchObject({ ready: true, gateway: { publicUrl: platform.publicUrl } });
  expect((await sovfn(['status'])).stdout).toMatch(/^✔ gateway +ready/);
  const french = await runInProcess(['status'], { env: { ...platform.environment, LANG: 'fr_FR.UTF-8' } });
  expect(french.stdout).toMatch(/^✔ bus +prêt +connecté à NATS$/m);
  expect(french.stdout).toMatch(/^✔ store +prêt +le stockage d'objets répond$/m);
});

test('outputs are listed, fetched and verified; a terminal is spared the bytes', async () => {
  const { invocation } = (await json('invoke', 'echo', '-d', 'kept')) as { invocation: string };
  const { outputs } = (await json('outputs', 'list', 'echo')) as { outputs: { invocation: string }[] };
  expect(outputs[0]!.invocation).toBe(invocation);
  expect((await sovfn(['outputs', 'list', 'echo', '--limit', '1'])).stdout).toMatch(
    new RegExp(`\n${invocation} .* stored\n$`),
  );
  expect((await sovfn(['outputs', 'get', invocation])).stdout).toBe('kept');
  expect((await sovfn(['outputs', 'get', invocation, '-o', 'kept.bin'], { cwd: folder.path })).stdout).toBe('');
  expect(await readFile(join(folder.path, 'kept.bin'), 'utf8')).toBe('kept');
  const sha256 = createHash('sha256').update('kept').digest('hex');
  expect(await json('outputs', 'get', invocation)).toMatchObject({ sha256, bytes: 4 });
  expect((await sovfn(['outputs', 'verify', invocation])).stdout).toContain(sha256);
  const shown = await sovfn(['outputs', 'get', invocation], { isTTY: true });
  expect(shown.code).toBe(1);
  expect(shown.stderr).toContain('the output is application/octet-stream, which a terminal cannot show');
  expect((await sovfn(['outputs', 'list', 'echo', '-n', '0'])).stderr).toContain('--limit is "0"');
});

test('a wrong token is refused with where the right one comes from', async () => {
  const { code, stderr } = await runInProcess(['list'], { env: { ...platform.environment, SOVFN_TOKEN: 'wrong' } });
  expect(code).toBe(1);
  expect(stderr).toContain('✖ the token is not known here (unauthorized)');
});

test('an address that is no control API is recognised', async () => {
  const env = { ...platform.environment, SOVFN_URL: platform.publicUrl };
  const { code, stderr } = await runInProcess(['list'], { env });
  expect(code).toBe(1);
  expect(stderr).toContain('nothing answers at "/v1/functions"');
});

describe('versions', () => {
  const answering = (text: string) => `export default { fetch: () => new Response(${JSON.stringify(text)}) };`;
  const call = async () => (await platform.call('/fn/release/')).text();
  let root: string;
  const write = (text: string) => writeFile(join(root, 'index.ts'), answering(text));
  beforeAll(async () => {
    root = await writeFunction('release', answering('one'));
    await sovfn(['deploy', root]);
  });

  test('a preview has an address of its own, promote makes it current, rollback takes it back', async () => {
    await write('two');
    const preview = await sovfn(['deploy', root, '--preview']);
    expect(preview.stdout).toMatch(
      /^✔ release [0-9a-f]{12}… can be tried \([\d.]+ s\) {2}→ {2}http:\S+\/fn\/release@\S+\/\n {2}sovfn promote release [0-9a-f]{12} makes/,
    );
    const [url = ''] = /http:\S+/.exec(preview.stdout)!;
    expect([await call(), await (await fetch(url)).text()]).toEqual(['one', 'two']);
    const [, version = ''] = /release ([0-9a-f]{12})/.exec(preview.stdout)!;
    const promoted = await sovfn(['promote', 'release', version]);
    expect(promoted.stdout).toMatch(
      /^✔ release [0-9a-f]{12}… answers instead of [0-9a-f]{12} \([\d.]+ s\) {2}→ {2}http:\S+\/fn\/release\/\n$/,
    );
    expect(await call()).toBe('two');
    expect((await sovfn(['rollback', 'release'])).stdout).toContain(`answers instead of ${version}`);
    expect(await call()).toBe('one');
    const list = await sovfn(['versions', 'release']);
    expect(list.stdout).toMatch(/^version +state +deployed +URL\n/);
    expect(list.stdout).toMatch(new RegExp(`^${version} +rolled back +\\S+ \\S+ +http`, 'm'));
    expect(list.stdout).toMatch(/^[0-9a-f]{12} +current +/m);
    const again = await sovfn(['rollback', 'release']);
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(again.stderr).toContain('✖ "release" has no older version to go back to (version-not-found)');
  });

  test('a canary says who gets it and until when it is watched; split changes its share, and 0% ends it', async () => {
    await write('three');
    const canary = await sovfn(['deploy', root, '--canary', '10%', '--watch', '5m', '--by', 'cookie:session']);
    expect(canary.stdout).toMatch(/^✔ release [0-9a-f]{12}… answers 10% of the callers/);
    const versions = await sovfn(['versions', 'release']);
    expect(versions.stdout).toMatch(
      /\nrelease: 10% of the callers \(cookie:session\) get [0-9a-f]{12}\nWatched until /,
    );
    const more = await sovfn(['split', 'release', '50%']);
    expect(more.stdout).toMatch(/\n {2}release: 50% of the callers \(by address\) get [0-9a-f]{12}\n/);
    expect((await sovfn(['split', 'release', '0%'])).stdout).toMatch(/^✔ release [0-9a-f]{12}… answers \(/);
    expect(await json('versions', 'release')).toMatchObject({ split: null });
  });
});

describe('delete', () => {
  test('shows what hangs on the function before it asks, and with --dry-run shows it only', async () => {
    const plan = [
      /^echo +version [0-9a-f]{12}$/m,
      /^stops answering +http:\S+\/fn\/echo\/\n +http:\S+\/echo\/\*$/m,
      /^waits +\d+ events, 0 queue messages, 0 dead letters/m,
      /^stays +code, versions: 1\n +outputs$/m,
    ];
    const dry = await sovfn(['delete', 'echo', '--dry-run']);
    expect(dry).toMatchObject({ code: 0, stderr: '' });
    for (const part of plan) expect(dry.stdout).toMatch(part);
    const declined = await sovfn(['delete', 'echo'], { isTTY: true, stdin: 'n\n' });
    expect(declined).toMatchObject({ code: 1, stdout: '' });
    for (const part of [...plan, /Delete echo\? It will stop answering at once\. \[y\/N\]\necho is kept\.\n$/]) {
      expect(declined.stderr.replaceAll(/\u001b\[\d+m/g, '')).toMatch(part);
    }
    expect((await sovfn(['delete', 'echo'], { isTTY: true, stdin: '' })).stderr).toContain('echo is kept.\n');
    expect(await json('delete', 'echo', '--dry-run')).toMatchObject({ function: 'echo', stays: { versions: 1 } });
  });

  test('a deleted function answers no more', async () => {
    expect((await sovfn(['delete', 'echo'], { isTTY: true, stdin: 'yes\n' })).stdout).toContain('echo is deleted\n');
    expect((await platform.call('/fn/echo/')).status).toBe(404);
    await sovfn(['delete', 'release', '--yes']);
    expect((await sovfn(['list'])).stderr).toContain('No function is deployed yet.');
  });
});

describe('metrics', () => {
  test('shows what a user did with a function: calls, errors, a kill with its limit, and what waits', async () => {
    await sovfn(['deploy', await writeFunction('measured', CODE)]);
    const call = (path: string) => fetch(`${platform.publicUrl}/fn/measured${path}`).then((answer) => answer.status);
    expect([await call('/'), await call('/throw'), await call('/loop')]).toEqual([201, 500, 503]);
    await sovfn(['invoke', 'measured', '/later', '--async', '--delay', '1h']);
    const { stdout, stderr } = await sovfn(['metrics']);
    const [head, ...rows] = stdout.split('\n');
    expect(head).toMatch(/^function +calls +errors +killed +p50 +p95 +CPU +due +oldest +later +dead letters$/);
    expect(rows.find((row) => row.startsWith('measured '))).toMatch(/^measured +3 +2 +1 .+ 0 +– +\d +0$/);
    expect(stderr).toMatch(/^Counted by the gateway \S+ since \d{4}-/);
    const one = await sovfn(['metrics', 'measured']);
    expect(one.stdout).toMatch(/^calls +3, 1 with a cold start$/m);
    expect(one.stdout).toMatch(/^errors +2 without an answer, 0 answered with 5xx$/m);
    expect(one.stdout).toMatch(/^killed +1 × exceeded-cpu: cpuMs 200, measured \d+/m);
    const french = await runInProcess(['metrics', 'measured'], { env: { ...platform.environment, LANG: 'fr_FR' } });
    expect(french.stdout).toMatch(/^tués +1 × exceeded-cpu : cpuMs 200, mesuré \d+/m);
    expect(await json('metrics', 'measured')).toMatchObject({
      functions: [
        { name: 'measured', calls: { total: 3, failed: 2 }, events: { accepted: 1 }, waiting: { events: 0 } },
      ],
    });
    await sovfn(['delete', 'measured', '--yes']);
  });

  test('a function that is not deployed is said to be unknown', async () => {
    expect(await sovfn(['metrics', 'nobody'])).toMatchObject({ code: 1, stdout: '' });
  });
});
