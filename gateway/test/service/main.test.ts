import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { encodeCredential } from '@sovfn/bus';
import { makeTemporaryFolder } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GatewayBench } from '../peers/gateway-bench.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');

let bench: GatewayBench;
let config: string;
let folder: Awaited<ReturnType<typeof makeTemporaryFolder>>;
beforeAll(async () => {
  bench = await GatewayBench.start();
  folder = await makeTemporaryFolder('gateway');
  config = await writeConfig(folder.path);
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

test.each<[string, (gateway: ReturnType<typeof start>) => void]>([
  ['SIGTERM', (gateway) => gateway.kill('SIGTERM')],
  ['the end of its parent', (gateway) => gateway.stdin.end()],
])('the process says when it is ready, answers, and ends cleanly at %s', async (_what, end) => {
  const gateway = start(config);
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
  const gateway = start(wrong);
  const said = await text(gateway.stderr);
  expect(said).toContain('config-invalid');
  for (const key of ['id', 'tenant', 'zones', 'public', 'bus', 'extra']) expect(said).toContain(key);
  expect(gateway.exitCode ?? (await once(gateway, 'exit'))[0]).not.toBe(0);
});

function start(path: string) {
  return spawn(process.execPath, [MAIN, '--config', path, '--exit-with-parent'], { stdio: ['pipe', 'pipe', 'pipe'] });
}

async function writeConfig(path: string): Promise<string> {
  const { credential, accountSeed } = await bench.gatewayCredential('gw-2');
  const files = {
    creds: join(path, 'gw.creds'),
    seed: join(path, 'account'),
    store: join(path, 'store'),
    secrets: join(path, 'secrets.key'),
    config: join(path, 'gateway.json'),
  };
  await writeFile(files.creds, encodeCredential(credential), { mode: 0o600 });
  await writeFile(files.seed, accountSeed, { mode: 0o600 });
  await writeFile(files.store, 'secret\n', { mode: 0o600 });
  await writeFile(files.secrets, Buffer.alloc(32, 7).toString('base64url'), { mode: 0o600 });
  const content = {
    ...bench.config,
    id: 'gw-2',
    bus: { ...bench.nats.address, credsFile: files.creds, monitors: [bench.nats.monitorUrl] },
    accountSeedFile: files.seed,
    secretsKeyFile: files.secrets,
    store: { ...bench.config.store, secretKeyFile: files.store },
  };
  await writeFile(files.config, JSON.stringify(content));
  return files.config;
}
