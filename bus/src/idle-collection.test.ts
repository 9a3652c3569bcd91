import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { IdleLooks } from './idle-collection.ts';

const MODULE = new URL('./idle-collection.ts', import.meta.url).href;

/** Makes 200 MiB of garbage that no scavenge sees, and then does nothing but look at how much memory it has. */
const PROGRAM = `
  const { collectWhenIdle } = await import(${JSON.stringify(MODULE)});
  const { getHeapStatistics } = await import('node:v8');
  collectWhenIdle();
  let all = Array.from({ length: 200 }, () => new Array(131_072).fill(0.5));
  const grown = getHeapStatistics().total_heap_size;
  all = null;
  setInterval(() => {
    if (getHeapStatistics().total_heap_size < grown / 2) process.exit(0);
  }, 100);
`;

test('a process that has nothing to do gives back the memory that it needed before', async () => {
  const child = spawn(process.execPath, ['--expose-gc', '--input-type=module', '--eval', PROGRAM], { stdio: 'ignore' });
  expect(await once(child, 'exit')).toEqual([0, null]);
});

const MIB = 2 ** 20;
const BUSY_US = 500_000;
const IDLE_US = 1_000;

test('what a start has left is collected after two looks without work', () => {
  const looks = new IdleLooks();
  expect([BUSY_US, IDLE_US, IDLE_US].map((usedUs) => looks.isDue(usedUs, 80 * MIB))).toEqual([false, false, true]);
});

test('after a collection, work that pauses for less than half a minute is not collected in its pause', () => {
  const looks = new IdleLooks();
  looks.collected(40 * MIB);
  const pause = [BUSY_US, ...new Array<number>(29).fill(IDLE_US), BUSY_US];
  expect(pause.map((usedUs) => looks.isDue(usedUs, 80 * MIB))).not.toContain(true);
  const end = new Array<number>(30).fill(IDLE_US);
  expect(end.map((usedUs) => looks.isDue(usedUs, 80 * MIB)).indexOf(true)).toBe(29);
});

test('a process that has grown by little is not collected', () => {
  const looks = new IdleLooks();
  looks.collected(40 * MIB);
  const pause = new Array<number>(100).fill(IDLE_US);
  expect(pause.map((usedUs) => looks.isDue(usedUs, 60 * MIB))).not.toContain(true);
});
