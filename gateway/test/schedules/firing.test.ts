import { afterAll, beforeAll, expect, test } from 'vitest';
import { GatewayBench } from '../peers/gateway-bench.ts';
import type { ServedCall } from '../peers/peer-cell.ts';
import { EventWorld } from '../events/event-world.ts';
import { ledger, QUIET, schedule, ScheduleWorld } from './schedule-world.ts';

const EACH_SECOND = schedule({ name: 'each-second', cron: '* * * * * *', overlap: 'allow' });
/** Comes due during no test. */
const YEARLY = schedule({ name: 'yearly', cron: '0 0 1 6 *' });

let bench: GatewayBench;
let world: ScheduleWorld;
let events: EventWorld;
beforeAll(async () => {
  bench = await GatewayBench.start();
  world = await ScheduleWorld.open(bench);
  events = await EventWorld.open(bench);
});
afterAll(async () => {
  await events[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
  await bench[Symbol.asyncDispose]();
});

const eventOf = ({ call }: ServedCall): string => /(?:^|\n)sovfn-event\n(.+)\n/.exec(call.headers)![1]!;

test('a schedule for each second runs at each second, and every tick is recorded once', async () => {
  const cell = await bench.serve({ name: 'clock', ...QUIET, schedules: [EACH_SECOND] }, (served) => served.answer(''));
  const called = [];
  while (called.length < 4) called.push(await cell.calls.next());
  const records = await world.untilRecords(
    'clock',
    'each-second',
    (found) => ledger(EACH_SECOND, found).ticks.length >= 4,
  );
  const { ticks, events: runs } = ledger(EACH_SECOND, records);
  expect(runs.slice(0, 4)).toEqual(called.map(eventOf));
  expect(new Set(ticks).size).toBe(ticks.length);
  expect(called[0]!.call.trigger).toBe('schedule');
  const record = await events.ended('clock', runs[0]!);
  expect(record).toMatchObject({ state: 'succeeded', trigger: 'schedule', source: 'each-second' });
});

test('two gateways share the ticks: each is one event and one run', async () => {
  const schedules = Array.from({ length: 5 }, (_, index) => ({ ...EACH_SECOND, name: `s-${index}` }));
  await using _second = await bench.startSecondGateway();
  const cell = await bench.serve({ name: 'shared', ...QUIET, schedules }, (served) => served.answer(''));
  const called: string[] = [];
  while (called.length < 25) called.push(eventOf(await cell.calls.next()));
  await bench.remove('shared');
  const byEvent = new Set<string>();
  for (const of of schedules) {
    const records = await world.records('shared', of.name);
    for (const event of ledger(of, records).events) byEvent.add(event);
  }
  expect(new Set(called).size).toBe(called.length);
  for (const event of called) expect(byEvent.has(event)).toBe(true);
});

test('a deploy plans its schedules, replaces those with other times, and removes those that it does not have', async () => {
  const other = schedule({ name: 'other', cron: '0 12 1 6 *' });
  await bench.deploy({ name: 'swap', ...QUIET, schedules: [YEARLY, other] });
  const first = await world.untilPlanned('swap', YEARLY);
  await world.untilPlanned('swap', other);
  const moved = { ...YEARLY, timezone: 'Asia/Kolkata' };
  await bench.deploy({ name: 'swap', ...QUIET, schedules: [moved] });
  const second = await world.untilPlanned('swap', moved);
  await world.untilNothingPlanned('swap', 'other');
  expect(Date.parse(first.scheduledAt) - Date.parse(second.scheduledAt)).toBe(3.5 * 3_600_000);
  await bench.deploy({ name: 'swap', ...QUIET, schedules: [YEARLY, other] });
  expect((await world.untilPlanned('swap', YEARLY)).scheduledAt).toBe(first.scheduledAt);
  await world.untilPlanned('swap', other);
  await bench.remove('swap');
  await world.untilNothingPlanned('swap', 'yearly');
  await world.untilNothingPlanned('swap', 'other');
});

test('a deploy that leaves a schedule as it is does not touch its next tick', async () => {
  const other = schedule({ name: 'other', cron: '0 12 1 6 *' });
  await bench.deploy({ name: 'same', ...QUIET, schedules: [YEARLY] });
  const before = await world.plannedSequence('same', YEARLY);
  await bench.deploy({ name: 'same', ...QUIET, schedules: [{ ...YEARLY, overlap: 'queue', missed: 'all' }, other] });
  await world.untilPlanned('same', other);
  expect(await world.plannedSequence('same', YEARLY)).toBe(before);
});

test('a tick of a schedule that the version does not have any more, or has with other times, is dropped', async () => {
  const cell = await bench.serve({ name: 'dropped', ...QUIET, schedules: [YEARLY] }, (served) => served.answer(''));
  const old = schedule({ name: 'yearly', cron: '*/5 * * * *' });
  const gone = schedule({ name: 'gone', cron: '* * * * *' });
  const due = new Date(Math.floor(Date.now() / 1_000) * 1_000);
  await world.untilPlanned('dropped', YEARLY);
  await world.plan('dropped', gone, due);
  await world.untilNothingPlanned('dropped', 'gone');
  await world.plan('dropped', old, due);
  // The right one is planned again in its place.
  await world.untilPlanned('dropped', YEARLY);
  expect(await world.records('dropped', 'gone')).toEqual([]);
  expect(await world.records('dropped', 'yearly')).toEqual([]);
  expect(cell.calls.drain()).toEqual([]);
});

test('a planned tick that the bus has lost is planned again by the next gateway that looks', async () => {
  const of = YEARLY;
  await bench.deploy({ name: 'lost', ...QUIET, schedules: [of] });
  const before = await world.untilPlanned('lost', of);
  await world.losePlanned('lost', 'yearly');
  await using _second = await bench.startSecondGateway();
  expect(await world.untilPlanned('lost', of)).toEqual(before);
});

test('after its end a schedule has no tick, and no tick is planned before its start', async () => {
  const over = schedule({ name: 'over', cron: '* * * * * *', end: '2026-01-01T00:00' });
  const later = schedule({ name: 'later', cron: '@daily', start: '2090-06-01T12:00', timezone: 'UTC' });
  await bench.deploy({ name: 'bounds', ...QUIET, schedules: [over, later] });
  expect((await world.untilPlanned('bounds', later)).scheduledAt).toBe('2090-06-02T00:00:00.000Z');
  expect(await world.planned('bounds', 'over')).toBeNull();
});

test('a run that may not begin on time because of its jitter is told its tick and not its start', async () => {
  const of = schedule({ name: 'spread', cron: 'every 5s', jitter: '4s', overlap: 'allow' });
  const cell = await bench.serve({ name: 'jitter', ...QUIET, schedules: [of] }, (served) => served.answer(''));
  await cell.calls.next();
  const [record] = await world.untilRecords('jitter', 'spread', (found) => found.length > 0);
  const { scheduledAt, event, state } = record!.decisions[0]!;
  expect(Date.parse(scheduledAt) % 5_000).toBe(0);
  expect(state).toBe('ran');
  expect(event).not.toBeNull();
});
