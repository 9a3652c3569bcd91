import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryFolder, type TemporaryFolder } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LockLevel } from '../../channel/lock-level.ts';
import { CELL_ENVIRONMENT } from './cell-flags.ts';
import { CellPool } from './cell-pool.ts';
import { CellProcess } from './cell-process.ts';
import { lost } from './cell-end.ts';

/** What every program below may use: a message on the channel, and the watch thread's reports. */
const PREAMBLE = `
import { closeSync, writeSync } from 'node:fs';
const say = (head) => {
  const text = Buffer.from(JSON.stringify({ v: 1, ...head }));
  const prefix = Buffer.alloc(8);
  prefix.writeUInt32BE(4 + text.length, 0);
  prefix.writeUInt32BE(text.length, 4);
  writeSync(4, Buffer.concat([prefix, text]));
};
const report = (byte) => writeSync(5, byte);
const stayAlive = () => setInterval(() => report('a'), 250);
`;
const LIVE = `stayAlive(); say({ type: 'ready', lockLevel: 1, unlockedBecause: 'it is a test' });`;

let folder: TemporaryFolder;
let programs = 0;

beforeAll(async () => {
  folder = await makeTemporaryFolder('cell-process');
});

afterAll(async () => folder[Symbol.asyncDispose]());

test('a cell’s environment is nothing but its own: nothing of the node’s is in it', async () => {
  const { cell, firstLine } = await start(`console.log(JSON.stringify(process.env)); ${LIVE}`);
  await cell.ready;
  expect(await firstLine).toBe(JSON.stringify(CELL_ENVIRONMENT));
  cell.kill(lost('test over'));
  await cell.ended;
});

test.each([
  [
    'writes what is no frame to its channel',
    `writeSync(4, Buffer.alloc(64, 255));`,
    /^broke the channel: a frame says it has/,
  ],
  [
    'sends a message that was not agreed',
    `say({ type: 'give-me-more' });`,
    /^broke the channel: a message does not have/,
  ],
  [
    'announces a message of 60 MB',
    `writeSync(4, Buffer.from([3, 147, 135, 0]));`,
    /^broke the channel: a frame says it has 60000000/,
  ],
  ['writes what is no report to its watch pipe', `report('x');`, /^the byte 120 on its watch pipe$/],
  ['closes its channel and stays', `closeSync(4);`, /^closed its channel and did not exit$/],
])('a cell that %s is killed', async (_name, misdeed, reason) => {
  const { cell } = await start(`${LIVE} setTimeout(() => { ${misdeed} }, 50);`);
  await cell.ready;
  const end = await cell.ended;
  expect(end).toMatchObject({ outcome: 'cell-lost', isOrderly: false });
  expect(end.reason).toMatch(reason);
});

test('a cell that is locked less firmly than the node requires is killed before it has a tenant', async () => {
  const { cell } = await start(LIVE, 2);
  const reason = 'the node requires lock level 2, and the cell reached 1: it is a test';
  await expect(cell.ready).rejects.toMatchObject({ code: 'not-started' });
  expect(await cell.ended).toMatchObject({ reason });
});

test('a cell that reports an overrun entry is killed for its CPU', async () => {
  const { cell } = await start(`${LIVE} report('o');`);
  expect(await cell.ended).toMatchObject({ outcome: 'exceeded-cpu' });
});

test('a cell whose watch thread falls silent is killed after three seconds', async () => {
  const { cell } = await start(
    `say({ type: 'ready', lockLevel: 1, unlockedBecause: 'it is a test' }); setInterval(() => {}, 1000);`,
  );
  expect(await cell.ended).toMatchObject({ outcome: 'cell-lost', reason: 'no sign of life for 3000 ms' });
});

test('a cell that holds more memory than its budget is killed, with the limit and the measured value', async () => {
  const { cell } = await start(
    `${LIVE} setTimeout(() => { globalThis.hoard = Buffer.alloc(400 * 2 ** 20, 1); }, 100);`,
  );
  await cell.ready;
  cell.setMemoryBudget(200);
  const end = await cell.ended;
  expect(end).toMatchObject({ outcome: 'exceeded-memory', limitValue: 200 });
  expect(end.measured).toBeGreaterThan(200);
});

test('a cell that ends before it is ready says how it ended', async () => {
  const { cell } = await start(`process.exit(3);`);
  await expect(cell.ready).rejects.toMatchObject({ code: 'not-started', message: /ended: exit code 3$/ });
  expect(await cell.ended).toMatchObject({ reason: 'exit code 3', isOrderly: false });
});

test('of several causes of a kill the first one counts', async () => {
  const { cell } = await start(LIVE);
  await cell.ready;
  cell.kill(lost('first'));
  cell.kill(lost('second'));
  expect(await cell.ended).toMatchObject({ reason: 'first' });
});

test('what a cell prints before it ends reaches the log', async () => {
  const { cell, firstLine } = await start(`console.log('x'.repeat(1_000_000)); process.exit(0);`);
  await cell.ended;
  expect(await firstLine).toBe('x'.repeat(2_000));
});

test('a pool hands out each cell once, and starts a new one for each that it has handed out', async () => {
  const program = await write(LIVE);
  const names: string[] = [];
  const pool = new CellPool({
    size: 2,
    start: () => {
      const name = `c${names.push('')}`;
      return CellProcess.start({
        name,
        program,
        image: NO_IMAGE,
        sockets: folder.path,
        requireLockLevel: 1,
        onOutput: () => undefined,
      });
    },
    onLost: () => undefined,
  });
  const first = await pool.take();
  pool.fill();
  const second = await pool.take();
  pool.fill();
  expect([first.name, second.name]).toEqual(['c1', 'c2']);
  expect(names).toHaveLength(4);
  for (const cell of [first, second]) cell.kill(lost('test over'));
  await pool.close();
  await Promise.all([first.ended, second.ended]);
});

test('an idle cell that dies is reported and replaced', async () => {
  const program = await write(LIVE);
  const cells: CellProcess[] = [];
  const replaced = Promise.withResolvers<void>();
  const reasons: string[] = [];
  const pool = new CellPool({
    size: 1,
    start: () => {
      const cell = CellProcess.start({
        name: `c${cells.length}`,
        program,
        image: NO_IMAGE,
        sockets: folder.path,
        requireLockLevel: 1,
        onOutput: () => undefined,
      });
      cells.push(cell);
      if (cells.length === 2) replaced.resolve();
      return cell;
    },
    onLost: (reason) => reasons.push(reason),
  });
  await cells[0]!.ready;
  process.kill(cells[0]!.pid, 'SIGKILL');
  await replaced.promise;
  expect(reasons).toEqual(['signal SIGKILL']);
  await pool.close();
});

const NO_IMAGE = { prelude: Buffer.from(' '), parts: Buffer.from('{}'), cache: Buffer.alloc(0) };

async function start(body: string, requireLockLevel: LockLevel = 1) {
  const firstLine = Promise.withResolvers<string>();
  const program = await write(body);
  const cell = CellProcess.start({
    name: 'c1',
    program,
    image: NO_IMAGE,
    sockets: folder.path,
    requireLockLevel,
    onOutput: (line) => firstLine.resolve(line),
  });
  return { cell, firstLine: firstLine.promise };
}

async function write(body: string): Promise<string> {
  const path = join(folder.path, `program-${programs++}.mjs`);
  await writeFile(path, PREAMBLE + body);
  return path;
}
