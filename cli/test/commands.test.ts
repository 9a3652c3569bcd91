import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryFolder, startPlatform, type TemporaryFolder, type TestPlatform } from '@sovfn/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runInProcess, startInProcess } from './run-in-process.ts';

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

test('logs --follow shows lines as they come, until it is told to end', async () => {
  const end = new AbortController();
  const follower = startInProcess(['logs', 'echo', '--follow'], {
    env: { ...platform.environment },
    signal: end.signal,
  });
  await follower.untilStderr('Following echo');
  await platform.call('/fn/echo/followed');
  await follower.untilStdout('asked for /followed');
  end.abort();
  expect(await follower.code).toBe(0);
});

test('logs survive the end of the gateway, and say that lines may be missing', async () => {
  const end = new AbortController();
  const follower = startInProcess(['logs', 'echo', '--follow', '--json'], {
    env: { ...platform.environment },
    signal: end.signal,
  });
  await follower.untilStderr('Following echo');
  process.kill(platform.pids.get('gateway')!, 'SIGKILL');
  await follower.untilStderr('The connection is lost; lines may be missing.');
  await follower.untilStderr('Following again.');
  await expect.poll(async () => (await platform.call('/fn/echo/again')).status).toBe(201);
  await follower.untilStdout('asked for /again');
  end.abort();
  expect(await follower.code).toBe(0);
}, 60_000);

test('past log lines cannot be had yet, and that is said', async () => {
  const { code, stderr } = await sovfn(['logs', 'echo']);
  expect([code, stderr]).toEqual([
    1,
    '✖ past log lines are not kept yet (usage)\n  → Use sovfn logs echo --follow to see new ones.\n',
  ]);
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

test('a deleted function answers no more', async () => {
  expect((await sovfn(['delete', 'echo', '--yes'])).stdout).toBe('✔ echo is deleted\n');
  expect((await platform.call('/fn/echo/')).status).toBe(404);
  expect((await sovfn(['list'])).stderr).toContain('No function is deployed yet.');
});
