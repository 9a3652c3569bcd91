import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { readProcessUse } from '../src/processes/process-use.ts';

const WORKS = `while (process.cpuUsage().user < 150_000); console.log('done'); process.stdin.resume();`;

test.runIf(process.platform === 'linux')(
  'work of a process shows in what the kernel says that it has used',
  async () => {
    const child = spawn(process.execPath, ['--eval', WORKS], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    const use = readProcessUse(child.pid!)!;
    expect(use.cpuUs).toBeGreaterThan(100_000);
    expect(Math.min(use.reads, use.writes)).toBeGreaterThan(0);
    child.stdin.end();
    await once(child, 'exit');
  },
);

test('of a process that is gone nothing is known', () => {
  expect(readProcessUse(2 ** 30)).toBeNull();
});
