import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { forwardLines } from './output-lines.ts';

test('what a process prints is passed on in bounded lines and a bounded number of them each second', async () => {
  const program = `
    console.log('x'.repeat(1_000_000));
    for (let line = 0; line < 10_000; line++) console.log(line);`;
  const startedAt = performance.now();
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  forwardLines(child.stdout, (line) => lines.push(line));
  await once(child, 'close');
  const seconds = Math.ceil((performance.now() - startedAt) / 1_000) + 1;
  expect(lines[0]).toBe('x'.repeat(2_000));
  expect(lines.length).toBeLessThanOrEqual(20 * seconds);
});

test('a last line without an end is passed on too', async () => {
  const child = spawn(process.execPath, ['-e', `process.stdout.write('a\\nb')`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  forwardLines(child.stdout, (line) => lines.push(line));
  await once(child, 'close');
  expect(lines).toEqual(['a', 'b']);
});
