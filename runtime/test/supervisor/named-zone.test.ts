import { bundleObject, defineZone } from '@sovfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BUNDLES, type Deployed, Platform } from './platform.ts';

/** The node's labels have this certification, and no other. */
const HEALTH = defineZone('health', { countries: ['FR'], certs: ['HDS'] });
const STRICTER = defineZone('health', { countries: ['FR'], certs: ['HDS', 'SecNumCloud'] });

let platform: Platform;
beforeAll(async () => {
  platform = await Platform.start({ namedZones: [HEALTH] });
  await platform.startSupervisor();
});
afterAll(() => platform[Symbol.asyncDispose]());

/** A version whose bundle cannot be loaded: whoever tries answers `bad-bundle`. */
async function publishDamaged(name: string): Promise<Deployed> {
  const deployed = await platform.publish(name, `fetch() { return new Response('x') }`, {
    config: { residency: 'health' },
  });
  const object = bundleObject(deployed.tenant, deployed.function, deployed.version);
  await platform.store.put(BUNDLES, object, Buffer.from('damaged'));
  return deployed;
}

test('a function of a named zone runs on a node whose labels satisfy what its record says of the zone', async () => {
  const members = `fetch() { return new Response('treated') }`;
  const ward = await platform.deploy('ward', members, { config: { residency: 'health' } });
  expect(await platform.gateway.call(ward)).toMatchObject({ outcome: 'ok', body: 'treated' });
  const damaged = await publishDamaged('damaged');
  await platform.record(damaged);
  expect(await platform.gateway.call(damaged)).toMatchObject({ outcome: 'bad-bundle' });
});

test('before a node loads anything it refuses a record that asks for more than its labels say, whatever zones it serves', async () => {
  const strict = await publishDamaged('strict');
  await platform.record(strict, STRICTER);
  expect(await platform.gateway.place(strict, { resends: 2 })).toMatchObject({
    outcome: 'residency-unsatisfied',
    message: 'node "node-1" is not in zone "health": its labels say of certifications: HDS',
  });
});

test('a record that does not say what its named zone asks for is refused as well', async () => {
  const untold = await publishDamaged('untold');
  await platform.record(untold, null);
  expect(await platform.gateway.place(untold, { resends: 2 })).toMatchObject({
    outcome: 'residency-unsatisfied',
    message: 'node "node-1" is not in zone "health": the record of the function does not say what it asks for',
  });
});
