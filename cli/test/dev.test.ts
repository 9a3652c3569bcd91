import { once } from 'node:events';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { buildFunction } from '@sovfn/builder';
import { freePort, makeTemporaryFolder, type TemporaryFolder } from '@sovfn/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataFolder } from '../src/platform/data-folder.ts';
import { readRecord } from '../src/platform/record.ts';
import { runInProcess, startInProcess } from './run-in-process.ts';

const START_MS = 120_000;
/** For what takes a moment on an idle machine. */
const SOON = { timeout: 25_000 };

const HELLO = {
  name: 'hello',
  main: 'src/index.ts',
  vars: { GREETING: 'Bonjour' },
  secrets: [{ name: 'API_KEY', expose: true }],
  bindings: { KEPT: { type: 'kv' } },
  webhooks: [{ name: 'github', provider: 'github', secret: 'HOOK_SECRET' }],
  schedules: [{ name: 'nightly', cron: '30 2 * * *' }],
};

const helloCode = (greeting: string): string => `
interface Env { GREETING: string; API_KEY: string; KEPT: { get(key: string): Promise<string | null>; put(key: string, value: string): Promise<unknown> } }

async function add(env: Env, key: string): Promise<number> {
  const count = Number(await env.KEPT.get(key)) + 1;
  await env.KEPT.put(key, String(count));
  return count;
}

export default {
  async fetch(request: Request, env: Env) {
    const { pathname } = new URL(request.url);
    if (pathname === '/count') return new Response(String(await add(env, 'calls')));
    if (pathname === '/ticks') return new Response(await env.KEPT.get('ticks'));
    if (pathname === '/deliveries') return new Response(await env.KEPT.get('deliveries'));
    if (pathname === '/values') return new Response(\`\${env.GREETING} \${env.API_KEY}\`);
    if (pathname === '/throw') throw new TypeError('no such order');
    if (request.headers.get('sovfn-webhook') !== null) await add(env, 'deliveries');
    console.log('asked for', pathname);
    return new Response('${greeting}');
  },
  async scheduled(_: unknown, env: Env) {
    await add(env, 'ticks');
  },
};`;

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await makeTemporaryFolder('dev');
});
afterAll(async () => folder[Symbol.asyncDispose]());

/** Whole at once, as most editors save: a watcher never sees half a file. */
async function write(path: string, content: string | object): Promise<void> {
  await mkdir(join(folder.path, path, '..'), { recursive: true });
  const draft = join(folder.path, 'draft');
  await writeFile(draft, typeof content === 'string' ? content : JSON.stringify(content));
  await rename(draft, join(folder.path, path));
}

describe('two functions under development, at a terminal', () => {
  const stdin = new PassThrough();
  let session: ReturnType<typeof startInProcess>;
  let base: string;
  const ask = async (path: string): Promise<string> => (await fetch(`${base}${path}`)).text();
  const become = (path: string, text: string) => expect.poll(async () => ask(path), SOON).toBe(text);

  beforeAll(async () => {
    await write('both/hello/sovfn.jsonc', HELLO);
    await write('both/hello/src/index.ts', helloCode('one'));
    await write('both/hello/.env.local', 'API_KEY=k-1\nGREETING="Salut"\nUNKNOWN=x\n');
    await write('both/other/sovfn.jsonc', { name: 'other', main: 'index.ts' });
    await write('both/other/index.ts', 'export default { fetch: () => new Response("other") };');
    const port = await freePort();
    base = `http://127.0.0.1:${port}/fn`;
    // A browser that writes down what it is to open.
    await write('bin/xdg-open', `#!/bin/sh\nprintf %s "$1" > ${join(folder.path, 'opened')}\n`);
    await chmod(join(folder.path, 'bin/xdg-open'), 0o755);
    const env = {
      ...process.env,
      LANG: 'C',
      NO_COLOR: '1',
      PATH: `${join(folder.path, 'bin')}:${process.env['PATH']}`,
    };
    session = startInProcess(['dev', 'both', '--port', String(port)], { cwd: folder.path, env, stdin, isTTY: true });
    await session.untilStdout(`${base}/other/`);
  }, START_MS);

  afterAll(async () => {
    stdin.write('q');
    await session.code;
  });

  test('both answer, and what is saved answers without a further step', async () => {
    expect(await ask('/hello/')).toBe('one');
    expect(await ask('/other/')).toBe('other');
    await session.untilStdout('asked for /');
    await write('both/hello/src/index.ts', helloCode('two'));
    await become('/hello/', 'two');
    await session.untilStdout('src/index.ts');
  });

  test('a failed build is shown with its line, the version before goes on, and the mended one answers', async () => {
    await write('both/other/index.ts', 'export default { fetch: () => new Response(nope"other") };');
    await session.untilStdout('not built; the version before goes on');
    await session.untilStdout('index.ts:1:');
    await session.untilStdout('^');
    expect(await ask('/other/')).toBe('other');
    await write('both/other/part.ts', 'export const text = "mended";');
    await write(
      'both/other/index.ts',
      'import { text } from "./part.ts"; export default { fetch: () => new Response(text) };',
    );
    await become('/other/', 'mended');
    await write('both/other/part.ts', 'export const text = "from a part";');
    await become('/other/', 'from a part');
  });

  test('what a function keeps stays when it is saved', async () => {
    expect([await ask('/hello/count'), await ask('/hello/count')]).toEqual(['1', '2']);
    await write('both/hello/src/index.ts', helloCode('three'));
    await become('/hello/', 'three');
    expect(await ask('/hello/count')).toBe('3');
  });

  test('an error shows its place in the source', async () => {
    await fetch(`${base}/hello/throw`);
    // The log comes by another way than the answer: either may be first.
    await session.untilStdout('TypeError: no such order');
    await session.untilStdout('(src/index.ts:17:');
  });

  test('.env.local gives secrets and vars, also when it changes, and none of it is ever deployed', async () => {
    expect(await ask('/hello/values')).toBe('Salut k-1');
    await write('both/hello/.env.local', 'API_KEY=k-2\nGREETING=Hello\n');
    await become('/hello/values', 'Hello k-2');
    const { manifest, bundle } = await buildFunction(join(folder.path, 'both/hello'));
    expect(manifest.config.vars).toEqual({ GREETING: 'Bonjour' });
    expect(bundle).not.toContain('k-2');
  });

  test('the types of env follow sovfn.jsonc, where there are some', async () => {
    await write('both/hello/sovfn-env.d.ts', '// old');
    await write('both/hello/sovfn.jsonc', { ...HELLO, vars: { ...HELLO.vars, COLOUR: 'red' } });
    const types = async (): Promise<string> => readFile(join(folder.path, 'both/hello/sovfn-env.d.ts'), 'utf8');
    await expect.poll(types, SOON).toContain('readonly COLOUR: string;');
    await write('both/hello/sovfn.jsonc', HELLO);
    await expect.poll(types, SOON).not.toContain('COLOUR');
  });

  test('s runs a schedule now, and schedules fire by themselves', async () => {
    stdin.write('s');
    await become('/hello/ticks', '1');
    await session.untilStdout('schedule nightly  succeeded');
    await write('both/hello/sovfn.jsonc', { ...HELLO, schedules: [{ name: 'often', cron: '* * * * * *' }] });
    await expect.poll(async () => Number(await ask('/hello/ticks')), SOON).toBeGreaterThan(2);
    await session.untilStdout('schedule often  succeeded');
    await write('both/hello/sovfn.jsonc', HELLO);
  });

  test('w sends the last webhook again', async () => {
    stdin.write('w');
    await session.untilStderr('No webhook has come yet.');
    stdin.write('h');
    await session.untilStderr('SOVFN_URL=');
    const env = await otherTerminal();
    await write('push.json', { ref: 'refs/heads/main' });
    const sent = await runInProcess(['webhook', 'send', 'hello', 'github', '--type', 'push', '--file', 'push.json'], {
      env,
      cwd: folder.path,
    });
    expect(sent).toMatchObject({ code: 0 });
    await become('/hello/deliveries', '1');
    stdin.write('w');
    await become('/hello/deliveries', '2');
    await session.untilStderr('hello: the last delivery of github comes again');
  });

  test('o opens the function, c clears the screen, any other key tells the keys', async () => {
    stdin.write('o');
    await expect
      .poll(async () => readFile(join(folder.path, 'opened'), 'utf8').catch(() => ''), SOON)
      .toBe(`${base}/hello/`);
    stdin.write('c');
    await session.untilStdout('\u001b[2J');
    stdin.write('?');
    await session.untilStderr('s run a schedule');
  });

  test('what is saved while the gateway is down answers once it is back', async () => {
    const record = readRecord(dataFolder(join(folder.path, 'both/.sovfn/dev')));
    process.kill(record!.parts.find(({ name }) => name === 'gateway')!.process.pid, 'SIGKILL');
    await write('both/hello/src/index.ts', helloCode('four'));
    await session.untilStdout('gateway ended by itself');
    await become('/hello/', 'four');
    await session.untilStdout('asked for /');
  });

  test('a function that gets another name leaves the old one', async () => {
    await write('both/other/sovfn.jsonc', { name: 'renamed', main: 'index.ts' });
    await become('/renamed/', 'from a part');
    await expect.poll(async () => (await fetch(`${base}/other/`)).status, SOON).toBe(404);
  });

  test('q ends everything, with exit code 0', async () => {
    stdin.write('q');
    expect(await session.code).toBe(0);
    await expect(fetch(`${base}/hello/`)).rejects.toThrow('fetch failed');
    const down = await runInProcess(['down', '--data', join(folder.path, 'both/.sovfn/dev')], { env: process.env });
    expect(down.stdout).toContain('is running');
    expect(await readFile(join(folder.path, 'both/.sovfn/.gitignore'), 'utf8')).toBe('*\n');
  });

  /** What the help of `h` says. */
  async function otherTerminal(): Promise<NodeJS.ProcessEnv> {
    const data = join(folder.path, 'both/.sovfn/dev');
    const { control } = JSON.parse(await readFile(join(data, 'run/ports.json'), 'utf8')) as { control: number };
    const token = await readFile(join(data, 'keys/api.token'), 'utf8');
    return { SOVFN_URL: `http://127.0.0.1:${control}`, SOVFN_TOKEN: token.trim() };
  }
});

test(
  'without a terminal each thing that happens is a line of JSON; a first build may fail, and Ctrl-C is exit code 0',
  async () => {
    await write('alone/sovfn.jsonc', { name: 'alone', main: 'index.ts', secrets: [{ name: 'KEY', expose: true }] });
    await write('alone/index.ts', 'export default {');
    const ending = new AbortController();
    const port = await freePort();
    const session = startInProcess(['dev', '--json', '--port', String(port)], {
      cwd: join(folder.path, 'alone'),
      env: process.env,
      signal: ending.signal,
    });
    await session.untilStdout('"type":"build-failed"');
    await session.untilStdout('"type":"ready"');
    await write('alone/index.ts', 'export default { fetch: () => new Response("mended") };');
    await session.untilStdout('"type":"reloaded"');
    expect(await (await fetch(`http://127.0.0.1:${port}/fn/alone/x?y=1`)).text()).toBe('mended');
    await session.untilStdout('"type":"request"');
    ending.abort();
    expect(await session.code).toBe(0);
    const events = (await session.stdoutBytes)
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      // On a machine that is very slow, a deploy may be tried again.
      .filter(
        ({ code }) => code !== 'bus-unavailable' && code !== 'platform-unreachable' && code !== 'store-unavailable',
      );
    expect(events).toMatchObject([
      { type: 'build-failed', function: 'alone', version: null, code: 'build-failed', hint: null },
      { type: 'ready', url: `http://127.0.0.1:${port}`, functions: [] },
      { type: 'secret-made', secret: 'KEY' },
      { type: 'reloaded', function: 'alone', changed: ['index.ts'] },
      { type: 'request', method: 'GET', path: '/fn/alone/x?y=1', status: 200 },
    ]);
  },
  START_MS,
);

test('Ctrl-C while the platform starts ends everything, with exit code 0', async () => {
  await write('early/sovfn.jsonc', { name: 'early', main: 'index.ts' });
  await write('early/index.ts', 'export default { fetch: () => new Response("") };');
  const ending = new AbortController();
  const port = await freePort();
  const session = startInProcess(['dev', 'early', '--port', String(port)], {
    cwd: folder.path,
    env: { ...process.env, LANG: 'C' },
    signal: ending.signal,
  });
  await session.untilStderr('The platform starts');
  ending.abort();
  expect(await session.code).toBe(0);
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow('fetch failed');
});

describe('dev refuses to start', () => {
  const refused = async (argv: string[], cwd = folder.path) => {
    const { code, stdout, stderr } = await runInProcess(['dev', ...argv], { cwd, env: process.env });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    return stderr;
  };

  test('where there is no function', async () => {
    const cwd = join(folder.path, 'empty');
    await mkdir(cwd, { recursive: true });
    expect(await refused([], cwd)).toBe(
      `✖ there is no sovfn.jsonc in ${cwd}, nor in a folder directly in it (config-not-found)\n` +
        '  → Make a function with `sovfn init <name>`, or name its folder.\n',
    );
    expect(await refused(['nowhere'])).toContain(`there is no sovfn.jsonc in ${join(folder.path, 'nowhere')}`);
  });

  test('on a port that is taken, when it was asked for', async () => {
    await write('here/sovfn.jsonc', { name: 'here', main: 'index.ts' });
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    expect(await refused(['here', '--port', String(port)])).toContain(
      `✖ port ${port} is taken (port-taken)\n  → End what listens there, name another port, or name none to get a free one.\n`,
    );
    taken.close();
  });

  test.each(['0', '65536', '80a', ''])('on the port "%s"', async (port) => {
    expect(await refused(['--port', port])).toContain(`--port is "${port}"`);
  });
});
