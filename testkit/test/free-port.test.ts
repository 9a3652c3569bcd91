import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { freePorts } from '../src/index.ts';

const others: ChildProcess[] = [];
afterEach(() => {
  for (const other of others.splice(0)) other.kill('SIGKILL');
});

test('ports are given once, also to processes that ask at the same time', async () => {
  const answers = [freePorts(200), askElsewhere(200), askElsewhere(200), askElsewhere(200)];
  const all = (await Promise.all(answers)).flat();
  expect(new Set(all).size).toBe(800);
});

test.runIf(process.platform === 'linux')('no outgoing connection can take one', async () => {
  const [first = NaN] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/).map(Number);
  expect(Math.max(...(await freePorts(50)))).toBeLessThan(first);
});

/** From another process, which has them until the test ends. */
async function askElsewhere(count: number): Promise<number[]> {
  const module = JSON.stringify(new URL('../src/free-port.ts', import.meta.url).href);
  const program = `import { freePorts } from ${module};
    process.stdout.write(JSON.stringify(await freePorts(${count})));
    process.stdin.resume();`;
  const other = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['pipe', 'pipe', 'inherit'] });
  others.push(other);
  const [text] = (await once(other.stdout.setEncoding('utf8'), 'data')) as [string];
  return JSON.parse(text) as number[];
}
