/** What the lanes and queues of one function may do together, and what a full ordered lane does. */
import { type MinioServer, startMinio } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DispatchRecords } from '../../src/events/dispatch/dispatch-records.ts';
import { GatewayBench, TENANT, ZONE } from '../peers/gateway-bench.ts';
import type { ServedCall } from '../peers/peer-cell.ts';
import { EventWorld } from './event-world.ts';
import { report, send } from './queue-world.ts';

let minio: MinioServer;
let bench: GatewayBench;
let world: EventWorld;
let dispatch: DispatchRecords;
beforeAll(async () => {
  minio = await startMinio();
  bench = await GatewayBench.start({ store: minio.endpoint });
  world = await EventWorld.open(bench);
  const { connection } = world;
  dispatch = await DispatchRecords.open({ connection, onInvalid: (_key, reason) => expect.fail(reason) });
});
afterAll(async () => {
  dispatch.close();
  await world[Symbol.asyncDispose]();
  await bench[Symbol.asyncDispose]();
  await minio[Symbol.asyncDispose]();
});

const at = (name: string) => ({ zone: ZONE, tenant: TENANT, function: name });
const ordered = (key: string): RequestInit => ({ headers: { 'sovfn-ordering-key': key } });
const keyOf = ({ call }: ServedCall): string => call.body.toString();

test('events with and without an ordering key and batches of queues of a function are together at most events.concurrency in a gateway', async () => {
  const bindings = { JOBS: { type: 'queue', batchSize: 1, batchWait: '0s' } } as const;
  const cell = await bench.serve({ name: 'all', bindings, events: { concurrency: 2, deadLetters: true } });
  const kinds = [
    async () => world.accept('/fn/all/'),
    async () => world.accept('/fn/all/', ordered('a')),
    async () => world.accept('/fn/all/', ordered('b')),
    async () => send(world, 'all', 'message'),
  ];
  for (const kind of [...kinds, ...kinds]) await kind();
  const open = [await cell.calls.next(), await cell.calls.next()];
  for (const call of open) call.taken();
  for (let served = 2; served <= 2 * kinds.length; served++) {
    expect(cell.calls.drain()).toEqual([]);
    const done = open.shift()!;
    if (done.call.trigger === 'queue') report(done);
    else done.answer('ok');
    if (served === 2 * kinds.length) break;
    open.push(await cell.calls.next());
    open.at(-1)!.taken();
  }
  open[0]!.answer('ok');
});

test('an ordered lane with more bytes than a gateway holds runs whole and in order', async () => {
  const seen: string[] = [];
  await bench.serve({ name: 'heavy', outputs: 'none' }, (served) => {
    seen.push(keyOf(served).slice(0, 4));
    served.answer('ok');
  });
  await dispatch.pause(at('heavy'));
  const padding = Buffer.alloc(800 * 1024, '.');
  const keys = ['0', '1', '2', '3'];
  const accepted = await Promise.all(
    keys.map(async (key) => {
      const events: string[] = [];
      for (let n = 10; n < 22; n++) {
        const body = Buffer.concat([Buffer.from(`${key}-${n}`), padding]);
        events.push((await world.accept('/fn/heavy/', { body, ...ordered(key) })).event);
      }
      return events;
    }),
  );
  const events = accepted.flat();
  await dispatch.resume(at('heavy'));
  for (const event of events) expect((await world.ended('heavy', event)).state).toBe('succeeded');
  expect(seen).toHaveLength(events.length);
  for (const key of keys) {
    const ofKey = seen.filter((body) => body.startsWith(key));
    expect(ofKey).toEqual(ofKey.toSorted());
  }
});

test('beyond the 1,000 events that ordering keys share, further ones of any key wait until some have ended; then all run', async () => {
  const keys = Array.from({ length: 20 }, (_, n) => `slow-${n}`);
  const delayed = new Set(keys);
  const seen: string[] = [];
  const retry = { attempts: 2, minDelay: '2s', maxDelay: '2s', rules: [] };
  const config = { name: 'full', retry, outputs: 'none', events: { concurrency: 50, deadLetters: true } } as const;
  await bench.serve(config, (served) => {
    const [key] = keyOf(served).split(' ') as [string];
    if (delayed.delete(key)) return served.answer('later', { status: 503 });
    seen.push(keyOf(served));
    served.answer('ok');
  });
  await dispatch.pause(at('full'));
  const accept = async (key: string, n: number) => world.accept('/fn/full/', { body: `${key} ${n}`, ...ordered(key) });
  const firsts = await Promise.all(keys.map((key) => accept(key, 0)));
  const behind = await Promise.all(Array.from({ length: 1_000 }, (_, n) => accept(keys[n % keys.length]!, n + 1)));
  const other = await accept('other', 1);
  await dispatch.resume(at('full'));
  const last = await world.ended('full', other.event);
  const second = (await world.ended('full', firsts[0]!.event)).attempts[1]!;
  expect(Date.parse(last.attempts[0]!.startedAt)).toBeGreaterThanOrEqual(Date.parse(second.startedAt));
  for (const { event } of behind) expect((await world.ended('full', event)).state).toBe('succeeded');
  expect(seen).toHaveLength(keys.length + 1_000 + 1);
  for (const key of keys) expect(seen.find((body) => body.startsWith(`${key} `))).toBe(`${key} 0`);
});
