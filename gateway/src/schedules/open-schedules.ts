import type { NatsConnection } from '@nats-io/transport-node';
import type { FunctionRegistry } from '@sovfn/bus';
import { eventStream, type PlannedTick, type ScheduleAddress } from '@sovfn/protocol';
import type { GatewayConfig } from '../config.ts';
import type { EventAcceptor } from '../events/accept/event-acceptor.ts';
import type { EventStops } from '../events/dispatch/event-stops.ts';
import type { EventCommits } from '../events/event-commits.ts';
import { logInvalidRecord } from '../events.ts';
import type { Log } from '../logger.ts';
import { BusClock } from './bus-clock.ts';
import { logClockStep } from './events.ts';
import type { DeployedFunctions } from '../routes/deployed-functions.ts';
import type { ManualRunOptions } from './manual-run.ts';
import { OpenEvents } from './open-events.ts';
import { PlannedTicks } from './planned-ticks.ts';
import { ScheduleKeeper } from './schedule-keeper.ts';
import { SchedulePauses } from './schedule-pauses.ts';
import { ScheduleViews } from './schedule-views.ts';
import { TickConsumer } from './ticks/tick-consumer.ts';
import { TickHandler } from './ticks/tick-handler.ts';
import { TickRecords } from './tick-records.ts';

export interface OpenSchedulesOptions {
  readonly config: GatewayConfig;
  readonly connection: NatsConnection;
  readonly registry: FunctionRegistry;
  readonly functions: DeployedFunctions;
  readonly acceptor: EventAcceptor;
  readonly stops: EventStops;
  readonly commits: EventCommits;
  readonly newEvent: () => string;
  readonly log: Log;
  /** Ends the schedules of this gateway. */
  readonly parts: AsyncDisposableStack;
}

/** What the control API works with. */
export interface Schedules {
  readonly pauses: SchedulePauses;
  readonly views: ScheduleViews;
  readonly manual: ManualRunOptions;
}

/** From now on this gateway plans schedules and takes ticks. */
export async function openSchedules(options: OpenSchedulesOptions): Promise<Schedules> {
  const { config, connection, registry, functions, acceptor, stops, commits, newEvent, log, parts } = options;
  const { id: gateway, zones, eventAckMs: ackMs } = config;
  const onInvalid = (key: string, reason: string): void => logInvalidRecord(log, 'schedule-pauses', key, reason);
  const pauses = await SchedulePauses.open(connection, onInvalid);
  parts.defer(() => pauses.close());
  const onStep = (aheadMs: number): void => logClockStep(log, aheadMs);
  const clock = parts.adopt(await BusClock.start({ connection, stream: eventStream(zones[0]), onStep }), (open) =>
    open.close(),
  );
  const planned = await PlannedTicks.open(connection, commits.events);
  const records = new TickRecords(connection, commits.ticks);
  const open = new OpenEvents(connection, zones);
  const keeper = parts.use(new ScheduleKeeper({ registry, zones, planned, records, pauses, log }));
  const handler = new TickHandler({
    ...{ gateway, functions, acceptor, stops, records, planned, open, pauses, newEvent, log },
    readFunction: async (tenant, name) => (await registry.entry(tenant, name)).record,
    seenFunction: (tenant, name) => registry.get(tenant, name),
    keep: (tenant, name) => keeper.keep(tenant, name),
    now: () => clock.now(),
  });
  const handle = (at: ScheduleAddress, tick: PlannedTick): Promise<void> => handler.handle(at, tick);
  parts.use(await TickConsumer.start({ connection, zones, ackMs, log, clock, handle }));
  return {
    pauses,
    views: new ScheduleViews({ records, pauses, open }),
    manual: { gateway, acceptor, records, newEvent },
  };
}
