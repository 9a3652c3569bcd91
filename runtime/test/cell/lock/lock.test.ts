import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { refuseRingsToChildren } from '../../../src/cell/lock/no-rings.ts';
import { CELL_NODE_FLAGS } from '../../../src/supervisor/cells/cell-flags.ts';
import { startCell } from '../cell-harness.ts';

const PROGRAM = fileURLToPath(new URL('locked-program.ts', import.meta.url));
const CALLS = 10_000;
const AT_A_TIME = 50;
const ISOLATES = 60;

const onLinux = test.skipIf(process.platform !== 'linux');

onLinux('a locked process opens, connects, listens, runs and signals nothing but itself', async () => {
  refuseRingsToChildren();
  const { stdout } = await promisify(execFile)(process.execPath, [...CELL_NODE_FLAGS, PROGRAM], { env: {} });
  expect(JSON.parse(stdout)).toEqual({
    level: 2,
    reason: null,
    results: {
      'read a file': 'EPERM',
      'read a file in the thread pool': 'EPERM',
      'write a file': 'EPERM',
      'write to a file that is there': 'EPERM',
      'rename a file': 'EPERM',
      'remove a file': 'EPERM',
      'run a program': 'EPERM',
      'start a shell': 'EPERM',
      connect: 'EPERM',
      listen: 'EPERM',
      'signal another process': 'EPERM',
      'signal itself': 'done',
    },
  });
});

onLinux(
  'a locked broker connects and reads files; it writes none, listens to nobody, and runs and signals nothing',
  async () => {
    refuseRingsToChildren();
    const args = [...CELL_NODE_FLAGS, PROGRAM, 'broker'];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: {} });
    expect(JSON.parse(stdout)).toMatchObject({
      level: 2,
      reason: null,
      results: {
        'read a file': 'done',
        'read a file in the thread pool': 'done',
        'write a file': 'EPERM',
        'write to a file that is there': 'EPERM',
        'rename a file': 'EPERM',
        'remove a file': 'EPERM',
        'run a program': 'EPERM',
        'start a shell': 'EPERM',
        connect: 'ECONNREFUSED',
        listen: 'EPERM',
        'signal another process': 'EPERM',
        'signal itself': 'done',
      },
    });
  },
);

onLinux(
  'a cell is locked before it has a tenant: its own threads are filtered, and it gains no privileges',
  async () => {
    await using cell = await startCell();
    expect(cell.parts.lockLevel).toBe(2);
    const status = await readFile(`/proc/${cell.pid}/status`, 'utf8');
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    expect(status).toMatch(/^Seccomp:\t2$/m);
  },
);

onLinux(
  'a locked cell serves ten thousand calls, and makes and lets go of sixty isolates',
  { timeout: 120_000 },
  async () => {
    await using cell = await startCell();
    for (let isolate = 0; isolate < ISOLATES; isolate++) {
      const name = `f${isolate}`;
      const version = await cell.deploy(name, `fetch() { return new Response('${name}'); }`);
      expect((await cell.call(name)).body.toString()).toBe(name);
      cell.parts.channel.send({ v: 1, type: 'evict', function: name, version });
      await cell.parts.seen('evicted', version);
    }
    await cell.deploy('hello', `fetch() { return new Response('hello'); }`);
    for (let call = 0; call < CALLS; call += AT_A_TIME) {
      const answers = await Promise.all(Array.from({ length: AT_A_TIME }, () => cell.call('hello')));
      expect(answers.every(({ outcome }) => outcome === 'ok')).toBe(true);
    }
  },
);
