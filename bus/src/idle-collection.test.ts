import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';

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
