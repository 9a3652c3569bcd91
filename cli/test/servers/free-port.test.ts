import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { claimFreePort, claimPort, LOOPBACK } from '../../src/servers/free-port.ts';

const COUNT = 100;
const others: ChildProcess[] = [];
afterEach(() => {
  for (const other of others.splice(0)) other.kill('SIGKILL');
});

test('ports are given once, also to processes that ask at the same time', async () => {
  using claims = new DisposableStack();
  const here = Promise.all(Array.from({ length: COUNT }, async () => claims.use(await claimFreePort()).port));
  const all = (await Promise.all([here, askElsewhere(), askElsewhere(), askElsewhere()])).flat();
  expect(new Set(all).size).toBe(4 * COUNT);
});

test('a port that another process has claimed is not given until that process ends', async () => {
  const [port = NaN] = await askElsewhere();
  expect(await claimPort(port)).toBeNull();
  const [other] = others;
  const ended = once(other!, 'exit');
  other!.kill('SIGKILL');
  await ended;
  using claim = await claimPort(port);
  expect(claim?.port).toBe(port);
});

test('a port is claimed once until it is given back, and not while somebody listens', async () => {
  const claim = await claimFreePort();
  expect(await claimPort(claim.port)).toBeNull();
  claim[Symbol.dispose]();
  const server = createServer().listen(claim.port, LOOPBACK);
  await once(server, 'listening');
  expect(await claimPort(claim.port)).toBeNull();
  server.close();
  await once(server, 'close');
  using again = await claimPort(claim.port);
  expect(again?.port).toBe(claim.port);
});

test.runIf(process.platform === 'linux')('no outgoing connection can take one', async () => {
  const [first = NaN] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/).map(Number);
  using claims = new DisposableStack();
  for (let count = 0; count < 50; count += 1) expect(claims.use(await claimFreePort()).port).toBeLessThan(first);
});

/** From another process, which has them until the test ends. */
async function askElsewhere(): Promise<number[]> {
  const module = JSON.stringify(new URL('../../src/servers/free-port.ts', import.meta.url).href);
  const program = `import { claimFreePort } from ${module};
    const ports = [];
    while (ports.length < ${COUNT}) ports.push((await claimFreePort()).port);
    process.stdout.write(JSON.stringify(ports));
    process.stdin.resume();`;
  const other = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['pipe', 'pipe', 'inherit'] });
  others.push(other);
  const [text] = (await once(other.stdout.setEncoding('utf8'), 'data')) as [string];
  return JSON.parse(text) as number[];
}
