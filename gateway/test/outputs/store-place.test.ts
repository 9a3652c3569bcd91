/** An object store in the Netherlands, and functions that must stay in France. */
import { EVENT_INLINE_BYTES, PROTOCOL_VERSION } from '@sovfn/protocol';
import { openStore, type ObjectStore } from '@sovfn/store';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ControlBench, deployRequest } from '../control/control-bench.ts';
import { EventWorld } from '../events/event-world.ts';

const OUTSIDE = 'the object store is in NL, which is not in zone "fr"';
const LARGE = Buffer.alloc(EVENT_INLINE_BYTES + 1, 'x');

let control: ControlBench;
let world: EventWorld;
let store: ObjectStore;
beforeAll(async () => {
  control = await ControlBench.start({}, { country: 'NL' });
  world = await EventWorld.open(control.bench);
  store = openStore({ ...control.minio.endpoint, tls: false });
});
afterAll(async () => {
  store.close();
  await world[Symbol.asyncDispose]();
  await control[Symbol.asyncDispose]();
});

async function objectsIn(bucket: string): Promise<string[]> {
  const { objects } = await store.list(bucket, '', { limit: 100 });
  return objects.map(({ name }) => name);
}

test('a deploy is refused before its code reaches the store, with the zones that the store is in', async () => {
  const refused = await control.refused('PUT', '/v1/functions/invoice', { body: deployRequest({ name: 'invoice' }) });
  expect(refused).toMatchObject({
    status: 400,
    code: 'store-out-of-zone',
    detail: `"invoice" cannot be deployed: ${OUTSIDE}`,
    hint: expect.stringContaining('a zone that the store is in (nl, eu)') as string,
  });
  expect(await objectsIn('bundles')).toEqual([]);
});

test('a call whose answer would be kept is answered 503 before any code runs', async () => {
  const cell = await control.bench.serve({ name: 'kept', outputs: 'all' }, (served) => served.answer('ran'));
  const response = await fetch(`${control.bench.url}/fn/kept/`);
  expect(await response.json()).toMatchObject({ status: 503, code: 'residency-unsatisfied', detail: OUTSIDE });
  const body = { v: PROTOCOL_VERSION, method: 'GET', path: '/', headers: [], body: null };
  const invoked = await control.refused('POST', '/v1/functions/kept/invoke', { body });
  expect(invoked).toMatchObject({ status: 503, code: 'residency-unsatisfied', detail: OUTSIDE });
  expect(cell.calls.drain()).toEqual([]);
});

test('an event waits, with the reason in its record, and no code runs', async () => {
  const cell = await control.bench.serve({ name: 'waits' }, (served) => served.answer('ran'));
  const { event } = await world.accept('/fn/waits/');
  const record = await world.untilRecord('waits', event, ({ cause }) => cause !== null);
  expect([record.state, record.cause]).toEqual(['waiting', `residency-unsatisfied: ${OUTSIDE}`]);
  expect(cell.calls.drain()).toEqual([]);
});

test('an event whose body would lie in the store is not accepted; a function that keeps nothing takes small ones', async () => {
  const cell = await control.bench.serve({ name: 'nothing', outputs: 'none' }, (served) => served.answer('ran'));
  const post = (body: Buffer) =>
    fetch(`${control.bench.url}/fn/nothing/`, { method: 'POST', headers: { prefer: 'respond-async' }, body });
  const large = await post(LARGE);
  expect([large.status, await large.json()]).toEqual([503, expect.objectContaining({ code: 'residency-unsatisfied' })]);

  expect((await post(Buffer.from('small'))).status).toBe(202);
  expect((await cell.calls.next()).call.body.toString()).toBe('small');
  for (const bucket of ['outputs', 'sovfn-events']) expect([bucket, await objectsIn(bucket)]).toEqual([bucket, []]);
});
