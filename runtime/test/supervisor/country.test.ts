import { bundleObject } from '@sovfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BUNDLES, type Deployed, OTHER_ZONE, Platform } from './platform.ts';

/** The node is in FR. */
let platform: Platform;
beforeAll(async () => {
  platform = await Platform.start();
  await platform.startSupervisor();
});
afterAll(() => platform[Symbol.asyncDispose]());

const config = { residency: OTHER_ZONE };
const members = `fetch() { return new Response('ran') }`;

async function accepts(deployed: Deployed, countries: readonly string[]): Promise<void> {
  const { record, revision } = await platform.registry.entry(deployed.tenant, deployed.function);
  await platform.registry.write({ ...record!, countries: { [OTHER_ZONE]: [...countries] } }, revision);
}

test('a node refuses a call that was sent to it although its country is not accepted, before it loads anything', async () => {
  const elsewhere = await platform.deploy('elsewhere', members, { config });
  // Whoever tries to load it answers `bad-bundle`.
  const object = bundleObject(elsewhere.tenant, elsewhere.function, elsewhere.version);
  await platform.store.put(BUNDLES, object, Buffer.from('damaged'));
  await accepts(elsewhere, ['DE']);
  expect(await platform.gateway.place(elsewhere, { resends: 2 })).toMatchObject({
    outcome: 'residency-unsatisfied',
    message: `node "node-1" is in FR, which the tenant has not accepted for its function in zone "${OTHER_ZONE}"`,
  });
});

test('a call that comes before the record which accepts the country waits for it', async () => {
  const soon = await platform.deploy('soon', members, { config });
  await accepts(soon, ['DE']);
  const placed = platform.gateway.place(soon, { resends: 2 });
  await accepts(soon, ['DE', 'FR']);
  expect(await placed).toMatchObject({ outcome: 'ok', body: 'ran' });
});

test('of a record that does not say where the function runs, the node goes on as before; it ends when the record says otherwise', async () => {
  const older = await platform.deploy('older', members, { config });
  expect(await platform.gateway.place(older)).toMatchObject({ outcome: 'ok' });
  expect(await platform.gateway.callWarm(older)).toMatchObject({ outcome: 'ok' });
  await accepts(older, ['DE']);
  await expect.poll(() => platform.gateway.callWarm(older)).toBe(null);
});
