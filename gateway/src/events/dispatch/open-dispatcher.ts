import type { NatsConnection } from '@nats-io/transport-node';
import { eventsSchema, retrySchema } from '@sovfn/protocol';
import type { GatewayConfig } from '../../config.ts';
import type { EndedEvents } from '../ended/ended-events.ts';
import { compileEventPolicy } from '../event-policy.ts';
import type { EventCommits } from '../event-commits.ts';
import { DeadLetters } from './dead-letters.ts';
import { Dispatcher, type DispatcherOptions } from './dispatcher.ts';
import { EventRecords } from './event-records.ts';
import { EventStops } from './event-stops.ts';
import { NextAttempts } from './next-attempts.ts';
import { WaitingEvents } from './waiting-events.ts';

type Made = 'records' | 'letters' | 'next' | 'defaultPolicy' | 'zones' | 'mostRuns' | 'ackMs';

export interface OpenDispatcherOptions extends Omit<DispatcherOptions, Made> {
  readonly config: GatewayConfig;
  readonly connection: NatsConnection;
  readonly commits: EventCommits;
  readonly ended: EndedEvents;
  /** Ends the dispatcher. */
  readonly parts: AsyncDisposableStack;
}

/** Starts what runs events, and what cancels them. */
export async function openDispatcher(options: OpenDispatcherOptions): Promise<EventStops> {
  const { config, connection, commits, parts, ...surroundings } = options;
  const records = await EventRecords.open(connection, commits.records, options.sealed);
  const dispatcher = parts.use(
    await Dispatcher.start({
      ...surroundings,
      connection,
      records,
      letters: await DeadLetters.open(connection, options.sealed),
      next: new NextAttempts(commits.events, options.sealed),
      defaultPolicy: compileEventPolicy({
        events: eventsSchema.parse({}),
        retry: retrySchema.parse({}),
        schedules: [],
      }),
      zones: config.zones,
      mostRuns: config.runningEvents,
      ackMs: config.eventAckMs,
    }),
  );
  const waiting = await WaitingEvents.open(connection, options.sealed);
  const { running } = dispatcher;
  const { ended } = options;
  const stops = await EventStops.open({
    ...{ connection, zones: config.zones, running, records, waiting, ended },
    enqueueCallback: surroundings.enqueueCallback,
    onCancelled: ({ tenant, function: name, trigger }) => {
      const counts = surroundings.functions.get(tenant, name)?.counts;
      if (counts !== undefined) counts.events.of(trigger).ended.cancelled++;
    },
  });
  parts.defer(() => stops.close());
  return stops;
}
