import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LogProbe } from './log-probe.ts';
import { Platform } from './platform.ts';
import type { LogEntry } from '../../src/index.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const HELLO = `fetch() { return new Response('bonjour') }`;
let platform: Platform;

beforeAll(async () => {
  platform = await Platform.start();
});

afterAll(async () => platform[Symbol.asyncDispose]());

test('says on stdout when it is ready, serves, and ends with code 0 on SIGTERM', async () => {
  await using node = await startMain();
  await node.ready;
  const hello = await platform.deploy('hello', HELLO);
  expect(await platform.gateway.call(hello)).toMatchObject({ outcome: 'ok', body: 'bonjour' });
  node.child.kill('SIGTERM');
  expect(await node.exited).toEqual([0, null]);
  expect(node.probe.of('supervisor-stopped')).toMatchObject([{ killedCells: 0 }]);
});

test('ends when whoever started it is gone', async () => {
  await using node = await startMain();
  await node.ready;
  node.child.stdin.destroy();
  expect(await node.exited).toEqual([0, null]);
});

test('when it is killed, its cells end too', async () => {
  await using node = await startMain();
  await node.ready;
  const hello = await platform.deploy('hello', HELLO);
  await platform.gateway.place(hello);
  const { pid } = await node.probe.seen('cell-assigned');
  node.child.kill('SIGKILL');
  await node.exited;
  await until(() => !existsSync(`/proc/${String(pid)}`));
});

test('when it is killed, its broker ends too', async () => {
  await using node = await startMain();
  await node.ready;
  const hello = await platform.deploy('reaching', HELLO, { config: { egress: ['https://example.org'] } });
  await platform.gateway.place(hello);
  const { pid } = await node.probe.seen('broker-started');
  node.child.kill('SIGKILL');
  await node.exited;
  await until(() => !existsSync(`/proc/${String(pid)}`));
});

test.each([
  ['a file that is not there', null, 'config-not-found'],
  ['what is no JSON', '{', 'config-invalid'],
  ['a key it does not know', '{ "v": 1, "nodes": 3 }', 'config-invalid'],
])('refuses %s as its configuration, with exit code 1 and one line that says why', async (_name, text, code) => {
  const file = join(platform.config.cacheDir, '..', 'broken.json');
  if (text !== null) await writeFile(file, text);
  await using node = await startMain(text === null ? '/nowhere/node.json' : file);
  expect(await node.exited).toEqual([1, null]);
  expect(node.probe.of('supervisor-not-started')).toMatchObject([{ code }]);
});

async function startMain(config?: string) {
  const file = config ?? join(platform.config.cacheDir, '..', 'node.json');
  if (config === undefined) await writeFile(file, JSON.stringify(platform.config));
  const args = ['--no-node-snapshot', MAIN, '--config', file, '--exit-with-parent'];
  const child = spawn(process.execPath, args, { env: {}, stdio: ['pipe', 'pipe', 'pipe'] });
  // Its log has been read then.
  const exited = once(child, 'close');
  const probe = readLog(child);
  const ready = once(createInterface(child.stdout), 'line');
  return {
    child,
    probe,
    ready,
    exited,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

function readLog(child: ChildProcess): LogProbe {
  const probe = new LogProbe();
  createInterface(child.stderr!).on('line', (line) => {
    if (line.startsWith('{')) probe.log(JSON.parse(line) as LogEntry);
  });
  return probe;
}

/** The kernel tells nobody but the parent that a process is gone: it has to be looked for. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20));
}
