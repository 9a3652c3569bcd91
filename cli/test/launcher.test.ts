import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test, vi } from 'vitest';

const LAUNCHER = fileURLToPath(new URL('../bin/sovfn.js', import.meta.url));
const otherNode = findOtherNode();
const home = await mkdtemp(join(tmpdir(), 'sovfn-launcher-'));
const env = { PATH: process.env['PATH'], HOME: home, SOVFN_URL: 'http://127.0.0.1:1', SOVFN_TOKEN: 'none' };

afterAll(async () => rm(home, { recursive: true }));

test('under the right Node, the command line runs in the same process', () => {
  const { stdout, status } = run(process.execPath, ['version', '--json']);
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ node: process.versions.node });
});

test('a reader of stdout that goes away is no error', async () => {
  const command = spawn(process.execPath, [LAUNCHER, '--help'], { env });
  command.stdout.destroy();
  let stderr = '';
  command.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  await once(command, 'exit');
  expect(stderr).toBe('');
});

/** Says at the end which of Node's own modules, and which files, a run has loaded. */
const WATCH_LOADING = `
  import { registerHooks } from 'node:module';
  const files = [];
  registerHooks({ load(url, context, next) { files.push(url); return next(url, context); } });
  process.on('exit', () => process.stdout.write(JSON.stringify({ files, builtins: process.moduleLoadList })));
`;

test('a deploy loads no part of the platform, of the protocol and of Zod only what it needs, nor what Node has for fetch', () => {
  const example = fileURLToPath(new URL('../../examples/api-hono', import.meta.url));
  const watch = `data:text/javascript,${encodeURIComponent(WATCH_LOADING)}`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', watch, LAUNCHER, 'deploy', example], {
    env,
    encoding: 'utf8',
  });
  // It has been built by then.
  expect(stderr).toContain('nothing answers');
  const { files, builtins } = JSON.parse(stdout) as { files: string[]; builtins: string[] };
  expect(files.filter((file) => /\/(gateway|runtime|bus|store)\/src\//.test(file))).toEqual([]);
  expect(files.filter((file) => file.endsWith('/protocol/src/index.ts'))).toEqual([]);
  expect(files.filter((file) => file.includes('/zod/v4/locales/')).map((file) => basename(file))).toEqual(['en.js']);
  expect(builtins.filter((name) => name.includes('undici'))).toEqual([]);
});

/** Reads stdin until its end: a command that waits for as long as a test wants. */
const WAITING = ['invoke', 'f', '--data', '@-'];

describe.skipIf(otherNode === null)('under another Node', () => {
  test('the command line runs under the pinned one, and its output and exit code are passed on', () => {
    const { stdout, status } = run(otherNode!, ['version', '--json']);
    expect(status).toBe(0);
    expect((JSON.parse(stdout) as { node: string }).node).toMatch(/^26\./);
    expect(run(otherNode!, ['list', '--wrong'])).toMatchObject({ status: 1, stdout: '' });
    expect(run(otherNode!, ['status'])).toMatchObject({ status: 70 });
  });

  test('stdin reaches the command line', () => {
    const { stderr, status } = run(otherNode!, WAITING, 'body');
    expect({ stderr, status }).toMatchObject({
      status: 70,
      stderr: expect.stringContaining('nothing answers') as string,
    });
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s ends the command line, and the launcher reports it', async (signal, code) => {
    const launcher = spawn(otherNode!, [LAUNCHER, ...WAITING], { env });
    await untilListening(launcher.pid!);
    launcher.kill(signal);
    expect(await once(launcher, 'exit')).toEqual([code, null]);
  });

  test('the command line does not outlive a launcher that is killed', async () => {
    const launcher = spawn(otherNode!, [LAUNCHER, ...WAITING], { env });
    const child = await untilListening(launcher.pid!);
    launcher.kill('SIGKILL');
    await vi.waitFor(() => expect(isRunning(child)).toBe(false), { timeout: 10_000 });
  });

  test('a signal that kills the command line is reported as such', async () => {
    const launcher = spawn(otherNode!, [LAUNCHER, ...WAITING], { env });
    process.kill(await untilListening(launcher.pid!), 'SIGKILL');
    expect(await once(launcher, 'exit')).toEqual([null, 'SIGKILL']);
  });

  test('without the package of its Node, the launcher says what is missing', () => {
    cpSync(dirname(LAUNCHER), join(home, 'cli', 'bin'), { recursive: true });
    cpSync(new URL('../package.json', import.meta.url), join(home, 'cli', 'package.json'));
    const { stderr, status } = spawnSync(otherNode!, [join(home, 'cli', 'bin', 'sovfn.js'), 'list'], {
      env,
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^sovfn: the package node-\S+ \(Node 26\) is not installed; this is Node \d/);
    expect(stderr).toContain('Install again without --omit=optional');
  });
});

function run(node: string, args: readonly string[], input = '') {
  return spawnSync(node, [LAUNCHER, ...args], { env, encoding: 'utf8', input, timeout: 20_000 });
}

/** A Node on PATH that is not the pinned one. */
function findOtherNode(): string | null {
  const candidates = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'node'));
  const isOther = (node: string) => {
    const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
    const major = Number(/^v(\d+)\./.exec(stdout ?? '')?.[1]);
    return major >= 20 && major !== 26;
  };
  return candidates.find(isOther) ?? null;
}

/** The pid of the command line, once it handles signals. */
async function untilListening(launcher: number): Promise<number> {
  return vi.waitFor(
    () => {
      const child = childOf(launcher);
      // The mask of caught signals has SIGHUP, which Node itself does not catch, once the command line listens.
      const caught = BigInt(`0x${/^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${child}/status`, 'utf8'))![1]!}`);
      const SIGHUP = 1n;
      expect((caught >> (SIGHUP - 1n)) & 1n).toBe(1n);
      return child;
    },
    { timeout: 10_000 },
  );
}

function childOf(parent: number): number {
  const isChild = (pid: string) => new RegExp(`^PPid:\\s*${parent}$`, 'm').test(statusOf(pid));
  const found = readdirSync('/proc').find((entry) => /^\d+$/.test(entry) && isChild(entry));
  expect(found).toBeDefined();
  return Number(found);
}

function statusOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}

function isRunning(pid: number): boolean {
  return statusOf(String(pid)) !== '' && !/^State:\s*Z/m.test(statusOf(String(pid)));
}
