import { setTimeout as delay } from 'node:timers/promises';
import { eventStream } from '@sovfn/protocol';
import { expect, test } from 'vitest';
import { EventWorld } from '../events/event-world.ts';
import { GatewayBench, ZONE } from '../peers/gateway-bench.ts';
import { GatewayProcess } from '../peers/gateway-process.ts';
import type { ServedCall } from '../peers/peer-cell.ts';
import { type Death, startDyingGateway } from './fixtures/start-dying-gateway.ts';
import { ledger, QUIET, schedule, ScheduleWorld } from './schedule-world.ts';

const HOUR_MS = 3_600_000;
const STEPPED_CLOCK = new URL('./fixtures/stepped-clock.ts', import.meta.url);
const LONG_MS = 90_000;

const eventOf = ({ call }: ServedCall): string => /(?:^|\n)sovfn-event\n(.+)\n/.exec(call.headers)![1]!;

test.concurrent.each([
  'before-decided',
  'after-decided',
  'after-accepted',
  'before-planned',
  'after-planned',
] satisfies Death[])(
  'a gateway that is killed %s leaves a tick that another one takes: one event, one decision, and the next tick planned',
  async (death) => {
    await using bench = await GatewayBench.start({ config: { eventAckMs: 1_000 } });
    await using world = await ScheduleWorld.open(bench);
    await using events = await EventWorld.open(bench);
    const { of, start, cell } = await serveHourly(bench, world);
    await bench.gateway[Symbol.asyncDispose]();
    {
      await using dying = await startDyingGateway(bench, death);
      await world.plan('once', of, start);
      await dying.died;
    }
    await using _second = await bench.startSecondGateway();
    const event = eventOf(await cell.calls.next());
    expect(await events.ended('once', event)).toMatchObject({ state: 'succeeded', trigger: 'schedule' });
    expect((await world.untilPlanned('once', of)).scheduledAt).toBe(new Date(start.getTime() + HOUR_MS).toISOString());
    await world.untilNoTickWaits();
    const records = await world.records('once', 'job');
    expect(records).toHaveLength(1);
    expect(ledger(of, records)).toEqual({ ticks: [start.toISOString()], events: [event] });
    expect(cell.calls.drain()).toEqual([]);
    await events.untilGone('once', event);
  },
  LONG_MS,
);

test.concurrent.each(['before-decided', 'after-decided', 'after-accepted'] satisfies Death[])(
  'a gateway that stands still %s and goes on when another one has taken its tick changes nothing',
  async (death) => {
    await using bench = await GatewayBench.start({ config: { eventAckMs: 1_000 } });
    await using world = await ScheduleWorld.open(bench);
    await using events = await EventWorld.open(bench);
    const { of, start, cell } = await serveHourly(bench, world);
    await bench.gateway[Symbol.asyncDispose]();
    await using standing = await startDyingGateway(bench, death, 'SIGSTOP');
    await world.plan('once', of, start);
    await standing.reached;
    await using _second = await bench.startSecondGateway();
    const event = eventOf(await cell.calls.next());
    await events.ended('once', event);
    await world.untilNoTickWaits();
    standing.resume();
    await world.untilPlanned('once', of);
    // A tick that only the one that stood still is left to take: it has dealt with the one before.
    await _second[Symbol.asyncDispose]();
    await world.plan('once', of, new Date(start.getTime() + HOUR_MS), new Date());
    await world.untilRecords('once', 'job', (found) => found.length === 2);
    const { ticks, events: runs } = ledger(of, await world.records('once', 'job'));
    expect(ticks).toEqual([start.toISOString(), new Date(start.getTime() + HOUR_MS).toISOString()]);
    expect(runs[0]).toBe(event);
    expect(cell.calls.drain()).toEqual([]);
  },
  LONG_MS,
);

test.concurrent(
  'when NATS is killed over ticks, all of them are recorded, and each run has one event that ends',
  async () => {
    await using bench = await GatewayBench.start();
    await using world = await ScheduleWorld.open(bench);
    await using events = await EventWorld.open(bench);
    const of = schedule({ name: 'job', cron: '* * * * * *', overlap: 'allow', missed: 'all' });
    const version = await bench.deploy({ name: 'once', ...QUIET, schedules: [of] });
    const cell = await bench.cell('c-before');
    await cell.serve(version, (served) => served.answer(''));
    await cell.calls.next();
    const killedAt = new Date().toISOString();
    await bench.nats.kill();
    await delay(2_500);
    await bench.nats.restart();
    const restartedAt = new Date().toISOString();
    const records = await world.untilRecords('once', 'job', (found) => (found.at(-1)?.decidedUpTo ?? '') > restartedAt);
    const { ticks, events: runs } = ledger(of, records);
    expect([ticks[0]! < killedAt, ticks.at(-1)! > restartedAt]).toEqual([true, true]);
    expect(new Set(runs).size).toBe(ticks.length);
    const after = await bench.cell('c-after');
    await after.serve(version, (served) => served.answer(''));
    for (const event of runs) expect((await events.ended('once', event)).state).toBe('succeeded');
  },
  LONG_MS,
);

test.concurrent('when the consumer of ticks is removed by hand, further ticks are taken all the same', async () => {
  await using bench = await GatewayBench.start();
  await using world = await ScheduleWorld.open(bench);
  const of = schedule({ name: 'job', cron: '* * * * * *', overlap: 'allow', missed: 'all' });
  const cell = await bench.serve({ name: 'once', ...QUIET, schedules: [of] }, (served) => served.answer(''));
  await cell.calls.next();
  await world.streams.consumers.delete(eventStream(ZONE), 'ticks');
  const removedAt = new Date().toISOString();
  await world.untilRecords('once', 'job', (found) => (found.at(-1)?.decidedUpTo ?? '') > removedAt);
  await using _second = await bench.startSecondGateway(bench.config.bus, { eventAckMs: 5_000 });
  expect(ledger(of, await world.records('once', 'job')).ticks.length).toBeGreaterThan(1);
});

test.concurrent(
  'a gateway whose clock is set an hour ahead, and an hour behind, runs each tick once, and none before its time',
  async () => {
    await using bench = await GatewayBench.start();
    await using world = await ScheduleWorld.open(bench);
    const of = schedule({ name: 'job', cron: '* * * * * *', overlap: 'allow', missed: 'all' });
    const start = new Date().toISOString();
    const cell = await bench.serve({ name: 'once', ...QUIET, schedules: [of] }, (served) => served.answer(''));
    await bench.gateway[Symbol.asyncDispose]();
    await using gateway = await GatewayProcess.start(bench, {}, STEPPED_CLOCK);
    await cell.calls.next();
    for (const _step of ['ahead', 'behind']) {
      gateway.signal('SIGUSR2');
      const count = (await world.records('once', 'job')).length;
      await world.untilRecords('once', 'job', (found) => found.length >= count + 3);
    }
    await gateway.terminate();
    const records = await world.records('once', 'job');
    const { ticks, events } = ledger(of, records);
    expect(new Set(events).size).toBe(ticks.length);
    expect([ticks[0]! >= start.slice(0, 19), ticks.at(-1)! <= new Date().toISOString()]).toEqual([true, true]);
  },
  LONG_MS,
);

test.concurrent(
  'a schedule that is removed while its decided tick is in flight still runs it, and is then gone',
  async () => {
    await using bench = await GatewayBench.start({ config: { eventAckMs: 1_000 } });
    await using world = await ScheduleWorld.open(bench);
    await using events = await EventWorld.open(bench);
    const { of, start, cell } = await serveHourly(bench, world);
    await bench.gateway[Symbol.asyncDispose]();
    {
      await using dying = await startDyingGateway(bench, 'after-decided');
      await world.plan('once', of, start);
      await dying.died;
    }
    const version = await bench.deploy({ name: 'once', ...QUIET, schedules: [] });
    await cell.serve(version, (served) => served.answer(''));
    await using _third = await bench.startSecondGateway();
    const event = eventOf(await cell.calls.next());
    expect((await events.ended('once', event)).state).toBe('succeeded');
    await world.untilNothingPlanned('once', 'job');
    await world.untilNoTickWaits();
    expect(await world.planned('once', 'job')).toBeNull();
    expect(await world.records('once', 'job')).toHaveLength(1);
  },
);

/** A schedule that came due half an hour ago for the first time. Nobody has planned the tick yet. */
async function serveHourly(bench: GatewayBench, world: ScheduleWorld) {
  const start = new Date(Math.floor((Date.now() - HOUR_MS / 2) / 1_000) * 1_000);
  const of = schedule({ name: 'job', cron: 'every 1h', start: start.toISOString().replace('.000', '') });
  const cell = await bench.serve({ name: 'once', ...QUIET, schedules: [of] }, (served) => served.answer(''));
  await world.untilPlanned('once', of);
  return { of, start, cell };
}
