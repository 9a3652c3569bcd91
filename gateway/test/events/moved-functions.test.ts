/** Functions that move to another zone while events that were accepted in the old one have not ended. */
import { type MinioServer, startMinio } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GatewayBench } from '../peers/gateway-bench.ts';
import type { Peer, ServedCall } from '../peers/peer-cell.ts';
import { EventWorld } from './event-world.ts';
import { report, send } from './queue-world.ts';

const RETRY = { attempts: 5, minDelay: '1s', maxDelay: '1s', rules: [] };
const MOVED = { residency: 'be' } as const;
const JOBS = { JOBS: { type: 'queue', batchSize: 1, batchWait: '0s' } } as const;

let minio: MinioServer;
let bench: GatewayBench;
let world: EventWorld;
beforeAll(async () => {
  minio = await startMinio();
  bench = await GatewayBench.start({ store: minio.endpoint });
  world = await EventWorld.open(bench);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await bench[Symbol.asyncDispose]();
  await minio[Symbol.asyncDispose]();
});

/** Cells of the old zone that would run the new version, too: only the gateway stands between. */
async function move(name: string, cell: Peer, onCall: (call: ServedCall) => void): Promise<void> {
  const version = await bench.deploy({ name, retry: RETRY, bindings: JOBS, ...MOVED });
  await cell.serve({ ...version, zone: 'fr' }, onCall);
  await bench.untilVisible(version);
}

test('events that were accepted before their function moved never run outside of its policy: they wait, and run when it is back', async () => {
  const version = await bench.deploy({ name: 'waits', retry: RETRY, bindings: JOBS });
  await bench.untilVisible(version);
  const cell = await bench.cell('c-waits');
  const plain = await world.accept('/fn/waits/');
  const delayed = await world.accept('/fn/waits/', { headers: { 'sovfn-delay': '2' } });
  const ordered = await world.accept('/fn/waits/', { headers: { 'sovfn-ordering-key': 'k' } });
  const message = await send(world, 'waits', 'm');
  const events = [plain.event, delayed.event, ordered.event, message];
  await move('waits', cell, (served) => served.answer('ran outside of its policy'));
  await cell.serve(version, (served) => served.answer('ran outside of its policy'));
  const cause = /^residency-unsatisfied: .*may run in "be" only$/;
  for (const event of events) await world.untilRecord('waits', event, (record) => cause.test(record.cause ?? ''));
  expect(cell.calls.drain()).toEqual([]);
  const back = await bench.deploy({ name: 'waits', retry: RETRY, bindings: JOBS });
  await cell.serve(back, (served) => (served.call.trigger === 'queue' ? report(served) : served.answer('back')));
  for (const event of events) {
    const { state, attempts } = await world.ended('waits', event);
    expect([state, attempts.map(({ version: ran }) => ran)]).toEqual(['succeeded', [back.version]]);
  }
});

test('an event whose function moves between two attempts is not tried again in the old zone', async () => {
  const cell = await bench.serve({ name: 'between', retry: RETRY, bindings: JOBS }, (served) =>
    served.answer('', { status: 503 }),
  );
  const { event } = await world.accept('/fn/between/');
  await cell.calls.next();
  await move('between', cell, (served) => served.answer('ran outside of its policy'));
  await world.untilRecord('between', event, ({ cause }) => cause?.startsWith('residency-unsatisfied') === true);
  cell.calls.drain();
  const { attempts } = await world.untilRecord('between', event, ({ state }) => state === 'waiting');
  expect(attempts.every(({ status }) => status === 503)).toBe(true);
});
