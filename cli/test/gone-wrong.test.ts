/** What goes wrong in a developer's day, and what the commands say to it: a line with what to do, and the right exit code. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import {
  makeTemporaryFolder,
  startPlatform,
  startStallingProxy,
  type TemporaryFolder,
  type TestPlatform,
} from '@sovfn/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Interruption } from '../src/interruption.ts';
import { runInProcess, startInProcess } from './run-in-process.ts';

const LAUNCHER = fileURLToPath(new URL('../bin/sovfn.js', import.meta.url));
const DEPLOY = ['deploy'];
const FOLLOW = ['logs', '--follow'];

/** A disk that is full, which only a mount namespace of one's own can have. */
const HAS_FULL_DISK = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;
if (!HAS_FULL_DISK) process.stderr.write('SKIPPED: full disks are not tested, because nothing can be mounted here.\n');

let platform: TestPlatform;
let folder: TemporaryFolder;
let hello: string;
beforeAll(async () => {
  platform = await startPlatform();
  folder = await makeTemporaryFolder('gone-wrong');
  hello = join(folder.path, 'hello');
  await mkdir(hello);
  await writeFile(join(hello, 'sovfn.jsonc'), JSON.stringify({ name: 'hello', main: 'index.ts' }));
  await writeFile(join(hello, 'index.ts'), 'export default { fetch: () => new Response("hello") };');
  await runInProcess(DEPLOY, { env: { ...platform.environment }, cwd: hello });
}, 120_000);
afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** In the function's folder, on the platform, unless said otherwise. */
const sovfn = (argv: readonly string[], given: { env?: NodeJS.ProcessEnv; cwd?: string } = {}) =>
  runInProcess(argv, { cwd: given.cwd ?? hello, env: { ...platform.environment, ...given.env } });

describe.each([[DEPLOY], [FOLLOW]])('%j', (argv) => {
  test('with a wrong token', async () => {
    expect(await sovfn(argv, { env: { SOVFN_TOKEN: 'wrong' } })).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^✖ the token is not known here \(unauthorized\)\n {2}→ \S/) as string,
    });
  });

  test('in a folder without a function', async () => {
    const { code, stdout, stderr } = await sovfn(argv, { cwd: folder.path });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`✖ ${join(folder.path, 'sovfn.jsonc')} cannot be read: there is no such file.`);
    expect(stderr).toContain('  → Run `sovfn init <name>`');
  });

  test('when no platform was ever started, and when the one that is recorded does not run', async () => {
    const none = await runInProcess(argv, { cwd: hello, env: { XDG_CONFIG_HOME: folder.path } });
    expect(none).toMatchObject({ code: 1, stdout: '' });
    expect(none.stderr).toBe(
      '✖ there is no current platform (no-platform)\n  → Start one with `sovfn up`, or set SOVFN_URL and SOVFN_TOKEN.\n',
    );
    const config = join(folder.path, 'stale', 'sovfn');
    await mkdir(config, { recursive: true });
    const tokenFile = join(config, 'token');
    await writeFile(tokenFile, 'token');
    const url = 'http://127.0.0.1:1';
    await writeFile(
      join(config, 'current.json'),
      JSON.stringify({ v: 1, url, publicUrl: url, tokenFile, data: config }),
    );
    const stale = await runInProcess(argv, { cwd: hello, env: { XDG_CONFIG_HOME: join(config, '..') } });
    expect(stale).toMatchObject({ code: 70, stdout: '' });
    expect(stale.stderr).toBe(
      `✖ nothing answers at ${url} (ECONNREFUSED) (platform-unreachable)\n` +
        '  → Start the platform with `sovfn up`, or set SOVFN_URL to where it runs.\n',
    );
  });

  test('when something else has the port of the platform', async () => {
    const other = createServer((socket) => socket.on('error', () => undefined).end('220 mail.example ESMTP\r\n'));
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const SOVFN_URL = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const { code, stderr } = await sovfn(argv, { env: { SOVFN_URL } });
    other.close();
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        `✖ what answers at ${SOVFN_URL} does not speak HTTP (bad-message)\n` +
        '  → Check SOVFN_URL: it must be the address of the control API.\n',
    });
  });

  test('when the network is cut before the answer', async () => {
    const proxy = await startStallingProxy(Number(new URL(platform.controlUrl).port));
    proxy.stall();
    const SOVFN_URL = `http://127.0.0.1:${proxy.port}`;
    const command = startInProcess(argv, { cwd: hello, env: { ...platform.environment, SOVFN_URL } });
    await expect.poll(() => proxy.passedBytes).toBeGreaterThan(0);
    await proxy[Symbol.asyncDispose]();
    expect(await command.code).toBe(70);
    const stderr = String(await command.stderr);
    expect(stderr).toContain(
      `✖ the connection to ${SOVFN_URL} was lost before it answered (ECONNRESET) (stream-lost)\n  → Try`,
    );
    expect(stderr.includes('Whether hello was deployed is not known here: `sovfn versions hello` tells.')).toBe(
      argv === DEPLOY,
    );
  });

  test('with a disk that takes nothing more of what it shows', async () => {
    const script = `exec "$0" "$@" > /dev/full`;
    const env = { ...process.env, ...platform.environment, LANG: 'C' };
    const command = spawn('sh', ['-c', script, process.execPath, LAUNCHER, ...argv], { cwd: hello, env });
    const exit = once(command, 'exit');
    const stderr = text(command.stderr);
    if (argv === FOLLOW) {
      command.stderr.on('data', (chunk: Buffer) => {
        if (chunk.toString().includes('Following hello')) void platform.call('/fn/hello/');
      });
    }
    expect(await exit).toEqual([1, null]);
    expect(await stderr).toContain('✖ what is shown cannot be written: ENOSPC: no space left on device, write\n');
  });
});

test('a deploy that is interrupted ends by the signal, and says that it may have happened', async () => {
  const proxy = await startStallingProxy(Number(new URL(platform.controlUrl).port));
  proxy.stall();
  const env = { ...platform.environment, SOVFN_URL: `http://127.0.0.1:${proxy.port}` };
  const end = new AbortController();
  const command = startInProcess(DEPLOY, { cwd: hello, env, signal: end.signal });
  await expect.poll(() => proxy.passedBytes).toBeGreaterThan(0);
  end.abort(new Interruption('SIGINT'));
  expect(await command.code).toBe(130);
  expect(String(await command.stderr)).toBe(
    'Whether hello was deployed is not known here: `sovfn versions hello` tells. To deploy again does no harm.\n',
  );
  await proxy[Symbol.asyncDispose]();
});

test('the log of a function that is not deployed is said not to be there', async () => {
  expect(await sovfn([...FOLLOW, 'nobody'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('"nobody"') as string,
  });
});

describe.skipIf(!HAS_FULL_DISK)('on a disk that is full (needs a mount namespace)', () => {
  /** Runs the lines with a disk of that size mounted at `disk`, in the function's folder. */
  const onDisk = (size: string, disk: string, lines: string) => {
    const script = `mount -t tmpfs -o size=${size} none "$0" && ${lines}`;
    const env = { ...process.env, ...platform.environment, LANG: 'C', sovfn: `${process.execPath} ${LAUNCHER}` };
    const { status, stdout, stderr } = spawnSync('unshare', ['-rm', 'sh', '-c', script, disk], {
      env,
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  };
  const FULL = `✖ a file cannot be written, because its disk is full (ENOSPC: no space left on device, write) (disk-full)
  → Free some space, or work on another disk.
`;

  test('dev says so and ends', () => {
    const { status, stderr } = onDisk(
      '64k',
      hello,
      `cd "$0" && echo '{"name":"hello","main":"i.ts"}' > sovfn.jsonc &&
      { head -c 1m /dev/zero > fill; $sovfn dev; }`,
    );
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining(FULL) as string });
  });

  test('init says so', () => {
    const { status, stderr } = onDisk('300k', hello, 'cd "$0" && $sovfn init');
    expect({ status, stderr }).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('its disk is full') as string,
    });
  });

  test('dev says that NATS has too little room', () => {
    const { status, stderr } = onDisk(
      '64m',
      hello,
      `cd "$0" && echo '{"name":"hello","main":"i.ts"}' > sovfn.jsonc &&
      echo 'export default {}' > i.ts && $sovfn dev`,
    );
    expect(status).toBe(70);
    expect(stderr).toContain(
      `✖ the gateway ended with exit code 1. Its last log lines:
the NATS server has no room on its disk for the 1024 MiB that values of kv bindings may take (disk-full)
  → Free some space, move its data to another disk, or set \`kvMb\` of the gateway lower. (part-failed)`,
    );
  });
});
