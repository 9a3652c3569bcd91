import { randomBytes } from 'node:crypto';
import type { NatsConnection } from '@nats-io/transport-node';
import { makeInvocationIds } from '@sovfn/protocol';
import type { Log } from '../logger.ts';
import type { DeployedFunctions } from '../routes/deployed-functions.ts';
import type { EventAcceptor } from './accept/event-acceptor.ts';
import { logBodyLeftOver } from './accept/events.ts';
import type { EventLookup } from './async/event-lookup.ts';
import { DeadLetters } from './dead-letters/dead-letters.ts';
import type { EndedEvents } from './ended/ended-events.ts';
import type { DispatchRecords } from './dispatch/dispatch-records.ts';
import { EventStreams } from './history/event-streams.ts';
import { EventReplay } from './replay/event-replay.ts';
import type { SealedEvents } from './sealed-events.ts';
import { RunAgain } from './replay/run-again.ts';

/** What the control API looks at events with, and runs them again with. */
export interface EventTools {
  readonly streams: EventStreams;
  readonly ended: EndedEvents;
  readonly replay: EventReplay;
  readonly letters: DeadLetters;
}

export interface EventToolsOptions {
  readonly connection: NatsConnection;
  readonly sealed: SealedEvents;
  readonly ended: EndedEvents;
  readonly acceptor: EventAcceptor;
  readonly functions: DeployedFunctions;
  readonly lookup: EventLookup;
  readonly dispatch: DispatchRecords;
  readonly log: Log;
}

export async function openEventTools(options: EventToolsOptions): Promise<EventTools> {
  const { connection, sealed, ended, acceptor, functions, lookup, dispatch, log } = options;
  const streams = await EventStreams.open(connection, sealed);
  const again = new RunAgain({ acceptor, functions, streams, dispatch, connection, sealed });
  const letters = new DeadLetters({
    streams,
    lookup,
    again,
    bodies: acceptor.bodies,
    sealed,
    newEvent: makeInvocationIds((size) => randomBytes(size)),
    onLeftOver: (error) => logBodyLeftOver(log, error),
  });
  return { streams, ended, replay: new EventReplay({ streams, ended, again }), letters };
}
