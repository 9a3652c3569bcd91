import { createHash } from 'node:crypto';
import type { MissedPolicy, ScheduleConfig, TickRecord } from '@sovfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EventWorld } from '../events/event-world.ts';
import { GatewayBench } from '../peers/gateway-bench.ts';
import type { Peer, ServedCall } from '../peers/peer-cell.ts';
import { ledger, QUIET, schedule, ScheduleWorld } from './schedule-world.ts';

const TOKEN = 'test-token';
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

let bench: GatewayBench;
let world: ScheduleWorld;
let events: EventWorld;
beforeAll(async () => {
  const tokenSha256 = [createHash('sha256').update(TOKEN).digest('hex')];
  bench = await GatewayBench.start({ config: { control: { host: '127.0.0.1', port: 0, tokenSha256 } } });
  world = await ScheduleWorld.open(bench);
  events = await EventWorld.open(bench);
});
afterAll(async () => {
  await events[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
  await bench[Symbol.asyncDispose]();
});

const eventOf = ({ call }: ServedCall): string => /(?:^|\n)sovfn-event\n(.+)\n/.exec(call.headers)![1]!;
const statesOf = (records: readonly TickRecord[]): string[] =>
  records.flatMap(({ decisions }) => decisions.map(({ state, ticks }) => (ticks === 1 ? state : `${state} ×${ticks}`)));

interface Served {
  readonly name: string;
  readonly cell: Peer;
  readonly of: ScheduleConfig;
  /** The tick that came due 20 minutes ago, or so many hours before; negative: one that is still to come. */
  readonly tick: (hoursBefore: number) => Date;
}

let functions = 0;
/** Comes due once an hour, the last time 20 minutes ago, so that no tick comes by itself during a test. */
async function serve(policies: Partial<ScheduleConfig>, onCall?: (call: ServedCall) => void): Promise<Served> {
  const name = `policy-${++functions}`;
  const newest = Math.floor((Date.now() - 20 * MINUTE_MS) / 1_000) * 1_000;
  const tick = (hoursBefore: number): Date => new Date(newest - hoursBefore * HOUR_MS);
  const start = tick(100).toISOString().replace('.000', '');
  const of = schedule({ name: 'job', cron: 'every 1h', start, ...policies });
  const cell = await bench.serve({ name, ...QUIET, schedules: [of] }, onCall);
  await world.untilPlanned(name, of);
  return { name, cell, of, tick };
}

test.each([
  ['none', ['missed ×4']],
  ['last', ['missed ×3', 'caught-up']],
  ['all', ['caught-up', 'caught-up', 'caught-up', 'caught-up']],
] satisfies [MissedPolicy, string[]][])(
  'when nobody took ticks for hours, missed: %s makes of them %j',
  async (missed, expected) => {
    const { name, cell, of, tick } = await serve({ missed, overlap: 'allow' }, (served) => served.answer(''));
    await world.plan(name, of, tick(3));
    const records = await world.untilRecords(name, 'job', (found) => found.length === 1);
    expect(statesOf(records)).toEqual(expected);
    const { ticks, events: runs } = ledger(of, records);
    expect(ticks).toEqual([3, 2, 1, 0].map((hours) => tick(hours).toISOString()));
    const called: string[] = [];
    while (called.length < runs.length) called.push(eventOf(await cell.calls.next()));
    expect(called.toSorted()).toEqual(runs.toSorted());
    for (const event of runs) expect((await events.ended(name, event)).state).toBe('succeeded');
    expect((await world.untilPlanned(name, of)).scheduledAt).toBe(tick(-1).toISOString());
  },
);

test('with overlap: skip a tick that comes while a run goes on is recorded as skipped, and the next one runs', async () => {
  const { name, cell, of, tick } = await serve({ overlap: 'skip' });
  await world.plan(name, of, tick(0));
  const first = await cell.calls.next();
  await world.untilPlanned(name, of);
  await world.plan(name, of, tick(-1), new Date());
  expect(await world.untilStates(name, 'job', 2)).toEqual(['caught-up', 'skipped-overlap']);
  first.answer('');
  await events.ended(name, eventOf(first));
  await world.untilPlanned(name, of);
  await world.plan(name, of, tick(-2), new Date());
  (await cell.calls.next()).answer('');
  expect(await world.untilStates(name, 'job', 3)).toEqual(['caught-up', 'skipped-overlap', 'ran']);
});

test('with overlap: queue the later run begins when the earlier one has ended', async () => {
  const { name, cell, of, tick } = await serve({ overlap: 'queue', missed: 'all' });
  await world.plan(name, of, tick(2));
  const records = await world.untilRecords(name, 'job', (found) => found.length === 1);
  const order = ledger(of, records).events;
  for (const event of order) {
    const served = await cell.calls.next();
    expect(cell.calls.drain()).toEqual([]);
    expect(eventOf(served)).toBe(event);
    served.answer('');
  }
});

test('with overlap: replace the later run ends the earlier one', async () => {
  const { name, cell, of, tick } = await serve({ overlap: 'replace' });
  await world.plan(name, of, tick(0));
  const first = await cell.calls.next();
  await world.untilPlanned(name, of);
  await world.plan(name, of, tick(-1), new Date());
  const second = await cell.calls.next();
  expect(await events.ended(name, eventOf(first))).toMatchObject({ state: 'cancelled' });
  second.answer('');
  expect(await events.ended(name, eventOf(second))).toMatchObject({ state: 'succeeded' });
  expect(await world.untilStates(name, 'job', 2)).toEqual(['caught-up', 'ran']);
});

test('with overlap: allow both run at the same time', async () => {
  const { name, cell, of, tick } = await serve({ overlap: 'allow' });
  await world.plan(name, of, tick(0));
  const first = await cell.calls.next();
  await world.untilPlanned(name, of);
  await world.plan(name, of, tick(-1), new Date());
  const second = await cell.calls.next();
  for (const served of [second, first]) {
    served.answer('');
    expect(await events.ended(name, eventOf(served))).toMatchObject({ state: 'succeeded' });
  }
});

test('a paused schedule keeps its ticks as skipped, also over a deploy, and runs again once resumed', async () => {
  const { name, cell, of, tick } = await serve({ missed: 'all' }, (served) => served.answer(''));
  expect(await control(`functions/${name}/schedules/job/pause`)).toMatchObject({
    pausedAt: expect.any(String) as string,
  });
  const version = await bench.deploy({ name, ...QUIET, schedules: [of] });
  await bench.untilVisible(version);
  await cell.serve(version, (served) => served.answer(''));
  await world.plan(name, of, tick(2));
  expect(await world.untilStates(name, 'job', 1)).toEqual(['skipped-paused ×3']);
  expect(await control(`functions/${name}/schedules/job/resume`)).toMatchObject({ pausedAt: null });
  await world.untilPlanned(name, of);
  await world.plan(name, of, tick(-1), new Date());
  expect(await world.untilStates(name, 'job', 2)).toEqual(['skipped-paused ×3', 'ran']);
  await cell.calls.next();
  expect(cell.calls.drain()).toEqual([]);
});

test('a run by hand is told the time that was asked for, in the schedule’s zone, and stands in the history', async () => {
  const { name, cell, of } = await serve({});
  const run = await control(`functions/${name}/schedules/job/run`, { v: 1, at: '2026-10-25T02:30' });
  expect(run).toMatchObject({ function: name, schedule: 'job', scheduledAt: '2026-10-25T00:30:00.000Z' });
  const served = await cell.calls.next();
  expect(eventOf(served)).toBe((run as { event: string }).event);
  const [record] = await world.untilRecords(name, 'job', (found) => found.length === 1);
  expect(record).toMatchObject({ cause: 'manual', decidedUpTo: null, decisions: [{ state: 'ran' }] });
  // It counts as a run that goes on.
  await world.plan(name, of, new Date(Date.now() - 1_000));
  expect(await world.untilStates(name, 'job', 2)).toEqual(['ran', 'skipped-overlap']);
  served.answer('');
  await expect(control(`functions/${name}/schedules/job/run`, { v: 1, at: 'soon' })).rejects.toThrow(
    '"soon" is no time',
  );
  await expect(control(`functions/${name}/schedules/jop/run`, { v: 1, at: null })).rejects.toThrow(
    `"${name}" has no schedule "jop"`,
  );
});

test('the list shows the next ticks, the pause and the last state; the history tells every tick, newest first', async () => {
  const { name, of, tick } = await serve({ missed: 'all', overlap: 'allow' }, (served) => served.answer(''));
  await world.plan(name, of, tick(2));
  const [record] = await world.untilRecords(name, 'job', (found) => found.length === 1);
  const runs = record!.decisions.map(({ event }) => event!);
  for (const event of runs) await events.ended(name, event);
  const list = (await control(`schedules?function=${name}`, null)) as { schedules: object[] };
  expect(list.schedules).toEqual([
    {
      ...{ function: name, name: 'job', cron: 'every 1h', timezone: 'Europe/Paris', overlap: 'allow', missed: 'all' },
      ...{ except: null, pausedAt: null, next: [1, 2, 3, 4, 5].map((hours) => tick(-hours).toISOString()) },
      last: record!.decisions.at(-1),
    },
  ]);
  const history = `functions/${name}/schedules/job/history`;
  const page = (await control(history, null)) as { ticks: { event: string; eventState: string }[]; next: null };
  expect(page.ticks.map(({ event }) => event)).toEqual(runs.toReversed());
  expect(page.ticks.every(({ eventState }) => eventState === 'succeeded')).toBe(true);
  expect(page.next).toBeNull();
  await control(`functions/${name}/schedules/job/run`, { v: 1, at: null });
  const first = (await control(`${history}?limit=1`, null)) as { ticks: { cause: string }[]; next: string };
  expect(first.ticks.map(({ cause }) => cause)).toEqual(['manual']);
  const second = (await control(`${history}?limit=1&before=${first.next}`, null)) as { ticks: object[]; next: null };
  expect([second.ticks.length, second.next]).toEqual([3, null]);
});

test('a tick for which the function has no room waits with its decision made, and runs once there is room', async () => {
  await using small = await GatewayBench.start({ config: { pendingEvents: 1 } });
  await using smallWorld = await ScheduleWorld.open(small);
  await using smallEvents = await EventWorld.open(small);
  const of = schedule({ name: 'job', cron: 'every 1h', overlap: 'allow' });
  const version = await small.deploy({ name: 'flooded', ...QUIET, schedules: [of] });
  await small.untilVisible(version);
  const { event } = await smallEvents.accept('/fn/flooded/');
  await smallWorld.untilPlanned('flooded', of);
  const scheduledAt = new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS);
  await smallWorld.plan('flooded', of, scheduledAt);
  await small.event('tick-postponed');
  const cell = await small.cell('c-flooded');
  await cell.serve(version, (served) => served.answer(''));
  await smallEvents.ended('flooded', event);
  const [record] = await smallWorld.records('flooded', 'job');
  expect(await smallEvents.ended('flooded', record!.decisions.at(-1)!.event!)).toMatchObject({ state: 'succeeded' });
  expect(await smallWorld.records('flooded', 'job')).toHaveLength(1);
});

/** Null: GET. Undefined: POST without a body. */
async function control(path: string, body?: object | null): Promise<unknown> {
  const { host, port } = bench.gateway.controlAddress;
  const response = await fetch(`http://${host}:${port}/v1/${path}`, {
    method: body === null ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as { detail?: string };
  if (!response.ok) throw new Error(answer.detail);
  return answer;
}
