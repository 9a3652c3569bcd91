import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { makeTemporaryFolder } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GatewayBench } from '../peers/gateway-bench.ts';
import { spawnGateway, writeGatewayConfig } from '../peers/gateway-process.ts';

let bench: GatewayBench;
let config: string;
let folder: Awaited<ReturnType<typeof makeTemporaryFolder>>;
beforeAll(async () => {
  bench = await GatewayBench.start();
  folder = await makeTemporaryFolder('gateway');
  config = await writeGatewayConfig(folder.path, bench);
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

test.each<[string, (gateway: ReturnType<typeof spawnGateway>) => void]>([
  ['SIGTERM', (gateway) => gateway.kill('SIGTERM')],
  ['the end of its parent', (gateway) => gateway.stdin.end()],
])('the process says when it is ready, answers, and ends cleanly at %s', async (_what, end) => {
  const gateway = spawnGateway(config);
  const [line] = (await once(createInterface({ input: gateway.stdout }), 'line')) as [string];
  const ready = JSON.parse(line) as { type: string; public: { host: string; port: number } };
  expect(ready).toMatchObject({ type: 'ready', gateway: 'gw-2', control: { host: '127.0.0.1' } });
  expect((await fetch(`http://127.0.0.1:${ready.public.port}/nowhere`)).status).toBe(404);
  end(gateway);
  expect(await once(gateway, 'exit')).toEqual([0, null]);
});

test('a wrong configuration ends the process with every wrong key named', async () => {
  const wrong = join(folder.path, 'wrong.json');
  await writeFile(wrong, JSON.stringify({ v: 1, id: 'GW', zones: [], extra: true }));
  const gateway = spawnGateway(wrong);
  const said = await text(gateway.stderr);
  expect(said).toContain('config-invalid');
  for (const key of ['id', 'tenant', 'zones', 'public', 'bus', 'extra']) expect(said).toContain(key);
  expect(gateway.exitCode ?? (await once(gateway, 'exit'))[0]).not.toBe(0);
});
