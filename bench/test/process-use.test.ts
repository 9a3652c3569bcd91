import { expect, test } from 'vitest';
import { readProcessUse } from '../src/processes/process-use.ts';

test.runIf(process.platform === 'linux')('work of a process shows in what the kernel says that it has used', () => {
  const before = readProcessUse(process.pid)!;
  const until = process.cpuUsage().user + 50_000;
  while (process.cpuUsage().user < until);
  const after = readProcessUse(process.pid)!;
  expect(after.cpuUs - before.cpuUs).toBeGreaterThanOrEqual(49_000);
  // Reading it has read files.
  expect(after.reads).toBeGreaterThan(before.reads);
});

test('of a process that is gone nothing is known', () => {
  expect(readProcessUse(2 ** 30)).toBeNull();
});
