import { afterAll, beforeAll, expect, test } from 'vitest';
import { ControlBench } from '../control/control-bench.ts';
import { EventWorld } from '../events/event-world.ts';
import { batchOf, report, send } from '../events/queue-world.ts';
import { QUIET, schedule } from '../schedules/schedule-world.ts';
import { type Scrape, scrape, untilScrape } from './scrape.ts';

const QUICK = { attempts: 3, minDelay: '10ms', maxDelay: '10ms', rules: [] };
const HOUR = { headers: { 'sovfn-delay': '1h' } };

let control: ControlBench;
let world: EventWorld;
beforeAll(async () => {
  control = await ControlBench.start();
  world = await EventWorld.open(control.bench);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await control[Symbol.asyncDispose]();
});

test('events are counted from their acceptance to their end: successes, retries, dead letters, attempts by outcome', async () => {
  await control.bench.serve({ name: 'mixed', retry: QUICK }, (served) => {
    const body = Buffer.from(served.call.body).toString();
    if (body === 'good') served.answer('done');
    else if (body === 'bad') served.answer('no', { status: 500 });
    else served.fail('exception');
  });
  const accept = async (body: string): Promise<string> => (await world.accept('/fn/mixed/', { body })).event;
  const good = [await accept('good'), await accept('good')];
  const dead = [await accept('bad'), await accept('throws')];
  for (const event of [...good, ...dead]) await world.ended('mixed', event);
  const of = { function: 'mixed', trigger: 'async' };
  const seen = await untilScrape(
    control,
    (each) =>
      each.value('sovfn_dead_letters', { function: 'mixed' }) === 2 &&
      each.all('sovfn_events_ended_total', of).reduce((sum, { value }) => sum + value, 0) === 4,
  );
  expect(seen.value('sovfn_events_accepted_total', of)).toBe(4);
  expect(seen.value('sovfn_events_ended_total', { ...of, state: 'succeeded' })).toBe(2);
  expect(seen.value('sovfn_events_ended_total', { ...of, state: 'dead-lettered' })).toBe(2);
  expect(seen.value('sovfn_events_ended_total', { ...of, state: 'expired' })).toBe(0);
  expect(seen.value('sovfn_event_attempts_total', { ...of, outcome: 'ok' })).toBe(5);
  expect(seen.value('sovfn_event_attempts_total', { ...of, outcome: 'exception' })).toBe(3);
  expect(seen.value('sovfn_event_retries_total', of)).toBe(4);
  expect(seen.value('sovfn_calls_total', { ...of, fault: 'none' })).toBe(5);
  expect(seen.value('sovfn_calls_total', { ...of, fault: 'function' })).toBe(3);
  expect(seen.value('sovfn_events_running', of)).toBe(0);
  expect(seen.value('sovfn_outputs_kept_total', { function: 'mixed', place: 'store' })).toBe(2);
  expect(seen.value('sovfn_outputs_kept_bytes_total', { function: 'mixed' })).toBe(8);
});

test('a repetition under the same key is no second event', async () => {
  await control.bench.serve({ name: 'once', ...QUIET }, (served) => served.answer('done'));
  const headers = { 'idempotency-key': 'order-1' };
  const { event } = await world.accept('/fn/once/', { headers });
  await world.accept('/fn/once/', { headers });
  await world.ended('once', event);
  const seen = await scrape(control);
  expect(seen.value('sovfn_events_accepted_total', { function: 'once' })).toBe(1);
  expect(seen.value('sovfn_events_repeated_total', { function: 'once' })).toBe(1);
});

test('deliveries and asynchronous calls that are refused are counted by why, and those that are accepted as events', async () => {
  const webhooks = [
    { name: 'open', verify: 'none' },
    { name: 'own', provider: 'bearer', secret: 'TOKEN' },
  ] as never;
  await control.bench.serve({ name: 'hooked', ...QUIET, webhooks }, (served) => served.answer('done'));
  await control.ask('PUT', '/v1/functions/hooked/secrets/TOKEN', { body: { v: 1, value: 'right', overlapMs: null } });
  const deliver = async (name: string, token: string): Promise<number> => {
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(`${control.bench.url}/hooks/hooked/${name}`, { method: 'POST', headers, body: '{}' })).status;
  };
  expect([await deliver('open', 'none'), await deliver('own', 'wrong')]).toEqual([200, 401]);
  const headers = { 'idempotency-key': 'order-1' };
  await world.accept('/fn/hooked/', { headers, body: 'one' });
  expect((await world.send('/fn/hooked/', { headers, body: 'another' })).status).toBe(422);
  const seen = await scrape(control);
  const of = { function: 'hooked' };
  expect(seen.value('sovfn_events_accepted_total', { ...of, trigger: 'webhook' })).toBe(1);
  expect(seen.value('sovfn_events_accepted_total', { ...of, trigger: 'async' })).toBe(1);
  expect(seen.value('sovfn_requests_refused_total', { ...of, code: 'webhook-unverified' })).toBe(1);
  expect(seen.value('sovfn_requests_refused_total', { ...of, code: 'event-conflict' })).toBe(1);
});

test('what waits is read from the streams: due, delayed, running, paused, and how old the oldest is', async () => {
  const cell = await control.bench.serve({ name: 'slow', ...QUIET, events: { concurrency: 1 } as never });
  for (let each = 0; each < 3; each++) await world.accept('/fn/slow/');
  await world.accept('/fn/slow/', HOUR);
  const running = await cell.calls.next();
  const of = { function: 'slow' };
  const seen = await untilScrape(control, (each) => each.value('sovfn_events_pending', of) === 3);
  expect(seen.value('sovfn_events_running', of)).toBe(1);
  expect(seen.value('sovfn_events_delayed', of)).toBe(1);
  expect(seen.value('sovfn_events_oldest_pending_seconds', of)).toBeGreaterThan(0);
  expect(seen.value('sovfn_events_paused', of)).toBe(0);
  await control.ask('POST', '/v1/functions/slow/events/pause');
  running.answer('done');
  const paused = await untilScrape(control, (each) => each.value('sovfn_events_pending', of) === 2);
  expect(paused.value('sovfn_events_paused', of)).toBe(1);
  const cancel = { v: 1, trigger: null, source: null, from: null, to: null, before: null };
  await control.ask('POST', '/v1/functions/slow/events/cancel', { body: cancel });
  const cancelled = await untilScrape(control, (each) => each.value('sovfn_events_pending', of) === 0);
  expect(cancelled.value('sovfn_events_ended_total', { ...of, state: 'cancelled' })).toBe(3);
  expect(cancelled.value('sovfn_events_delayed', of)).toBe(0);
  expect(cancelled.value('sovfn_events_oldest_pending_seconds', of)).toBe(0);
});

test('several gateways say the same of what waits, and their counts add up', async () => {
  await using second = await control.bench.startSecondGateway();
  await control.bench.serve({ name: 'shared', ...QUIET });
  await control.ask('POST', '/v1/functions/shared/events/pause');
  const of = { function: 'shared' };
  const isKnown = (seen: Scrape): boolean => seen.value('sovfn_function_info', of) === 1;
  await untilScrape(control, isKnown, second.controlUrl);
  for (const url of [control.bench.url, control.bench.url, second.url]) {
    const headers = { prefer: 'respond-async' };
    expect((await fetch(`${url}/fn/shared/`, { method: 'POST', headers })).status).toBe(202);
  }
  const both = await Promise.all(
    [control.url, second.controlUrl].map(async (url) =>
      untilScrape(control, (seen) => seen.value('sovfn_events_pending', of) === 3, url),
    ),
  );
  expect(both.map((seen) => seen.value('sovfn_events_accepted_total', of))).toEqual([2, 1]);
  for (const seen of both) {
    expect(seen.value('sovfn_events_paused', of)).toBe(1);
    expect(seen.value('sovfn_events_oldest_pending_seconds', of)).toBeGreaterThan(0);
  }
});

test('messages of queues have counts of their own, and each is an event of its own', async () => {
  const jobs = { type: 'queue', batchSize: 3, batchWait: '60s' } as const;
  const cell = await control.bench.serve({ name: 'queued', retry: QUICK, bindings: { JOBS: jobs } });
  for (const body of ['a', 'b', 'c']) await send(world, 'queued', body);
  const first = await cell.calls.next();
  const of = { function: 'queued', trigger: 'queue' };
  const waiting = await untilScrape(
    control,
    (each) => each.value('sovfn_queue_messages_pending', { function: 'queued' }) === 3,
  );
  expect(waiting.value('sovfn_queue_messages_oldest_pending_seconds', { function: 'queued' })).toBeGreaterThan(0);
  expect(waiting.value('sovfn_events_running', of)).toBe(3);
  const { messages } = batchOf(first);
  const retried = [{ position: 0, delaySeconds: 3_600 }];
  report(first, { retried });
  expect(messages).toHaveLength(3);
  const seen = await untilScrape(
    control,
    (each) =>
      each.value('sovfn_queue_messages_delayed', { function: 'queued' }) === 1 &&
      each.value('sovfn_events_ended_total', { ...of, state: 'succeeded' }) === 2,
  );
  expect(seen.value('sovfn_events_ended_total', { ...of, state: 'succeeded' })).toBe(2);
  expect(seen.value('sovfn_event_retries_total', of)).toBe(1);
  expect(seen.value('sovfn_calls_total', { ...of, fault: 'none' })).toBe(1);
  expect(seen.all('sovfn_events_accepted_total', of)).toEqual([]);
});

test('ticks of schedules are counted by their state', async () => {
  const schedules = [schedule({ name: 'each-second', cron: '* * * * * *', overlap: 'allow' })];
  const cell = await control.bench.serve({ name: 'clock', ...QUIET, schedules }, (served) => served.answer(''));
  await cell.calls.next();
  const seen = await scrape(control);
  expect(seen.value('sovfn_schedule_ticks_total', { function: 'clock', state: 'ran' })).toBeGreaterThan(0);
  expect(seen.value('sovfn_events_accepted_total', { function: 'clock', trigger: 'schedule' })).toBeGreaterThan(0);
  await control.bench.remove('clock');
});

test('an output that the store does not take is kept on the bus, and is pending', async () => {
  await control.bench.serve({ name: 'kept', outputs: 'all' }, (served) => served.answer('12345'));
  const call = async () => (await fetch(`${control.bench.url}/fn/kept/`)).text();
  await call();
  await control.minio.kill();
  await call();
  const of = { function: 'kept' };
  const seen = await untilScrape(control, (each) => each.value('sovfn_outputs_pending', of) === 1);
  expect(seen.value('sovfn_outputs_kept_total', { ...of, place: 'store' })).toBe(1);
  expect(seen.value('sovfn_outputs_kept_total', { ...of, place: 'bus' })).toBe(1);
  expect(seen.value('sovfn_outputs_kept_bytes_total', of)).toBe(10);
});
