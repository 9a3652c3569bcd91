/** A tenant's key that is taken away from the platform, and given back. */
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryFolder, type TemporaryFolder } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EventWorld } from '../events/event-world.ts';
import { GatewayBench } from '../peers/gateway-bench.ts';

const CACHE_MS = 400;
let folder: TemporaryFolder;
let bench: GatewayBench;
let world: EventWorld;

beforeAll(async () => {
  folder = await makeTemporaryFolder('keys');
  const keys = { provider: 'file', folder: folder.path, cacheMs: CACHE_MS } as const;
  bench = await GatewayBench.start({ config: { keys } });
  world = await EventWorld.open(bench);
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await bench[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const NO_OUTPUTS = { keep: 'none', encrypt: false } as const;

test('without the key calls are refused with 503 key-unavailable and nothing is accepted; what was accepted waits, and runs when it is back', async () => {
  await bench.serve({ name: 'held', outputs: NO_OUTPUTS }, (served) => served.answer('fine'));
  await bench.serve({ name: 'other', tenant: 'acme', outputs: NO_OUTPUTS }, (served) => served.answer('fine'));
  const delayed = await world.accept('/fn/held/', { body: 'waits', headers: { 'sovfn-delay': '2' } });
  await take('away');
  await expect.poll(async () => codeOf('/fn/held/')).toBe('503 key-unavailable');
  expect(await codeOf('/fn/acme:other/')).toBe('200');
  const refused = await world.send('/fn/held/', { body: 'refused' });
  expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([503, 'key-unavailable']);
  expect(await world.pending('held')).toEqual([delayed.event]);
  await take('back');
  expect((await world.ended('held', delayed.event)).state).toBe('succeeded');
  await expect.poll(async () => codeOf('/fn/held/')).toBe('200');
  expect(await world.pending('held')).toEqual([]);
});

async function take(where: 'away' | 'back'): Promise<void> {
  const file = join(folder.path, 'main.key');
  if (where === 'away') await rename(file, `${file}.away`);
  else await rename(`${file}.away`, file);
}

async function codeOf(path: string): Promise<string> {
  const response = await fetch(`${bench.url}${path}`);
  const text = await response.text();
  return response.ok ? '200' : `${response.status} ${(JSON.parse(text) as { code: string }).code}`;
}
