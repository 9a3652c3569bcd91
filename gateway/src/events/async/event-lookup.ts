import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { type EventRecord, invocationTime, SovfnError } from '@sovfn/protocol';
import { readEventRecord } from '../dispatch/event-records.ts';
import { WaitingEvents } from '../dispatch/waiting-events.ts';
import type { SealedEvents } from '../sealed-events.ts';
import type { EventAddress } from './event-address.ts';

/** What is known of an event. Before its first attempt there is no record: it is `pending`. */
export type EventView = Pick<EventRecord, 'state' | 'acceptedAt' | 'endedAt' | 'attempts' | 'output' | 'cause'>;

export class EventLookup {
  readonly #streams: JetStreamManager;
  readonly #waiting: WaitingEvents;
  readonly #sealed: SealedEvents;

  static async open(connection: NatsConnection, sealed: SealedEvents): Promise<EventLookup> {
    const streams = await jetstreamManager(connection, { checkAPI: false });
    return new EventLookup(streams, await WaitingEvents.open(connection, sealed), sealed);
  }

  private constructor(streams: JetStreamManager, waiting: WaitingEvents, sealed: SealedEvents) {
    this.#streams = streams;
    this.#waiting = waiting;
    this.#sealed = sealed;
  }

  /** Throws `event-not-found` or `bus-unavailable`. */
  async find(of: EventAddress): Promise<EventView> {
    try {
      // The second look at the record: an event may end between the looks.
      const view = (await this.#record(of)) ?? (await this.#pending(of)) ?? (await this.#record(of));
      if (view !== null) return view;
    } catch (cause) {
      throw new SovfnError('bus-unavailable', `event ${of.event} cannot be looked up now`, {
        cause,
        hint: 'Retry in a moment; `sovfn status` shows the state of the bus.',
      });
    }
    throw new SovfnError('event-not-found', `nothing is known of event ${of.event}`, {
      hint: 'Records of events that have ended are kept for 30 days.',
    });
  }

  async #record(of: EventAddress): Promise<EventView | null> {
    return (await readEventRecord(this.#streams, of, of.event, this.#sealed))?.record ?? null;
  }

  async #pending(of: EventAddress): Promise<EventView | null> {
    if ((await this.#waiting.find(of, of.event)) === null) return null;
    const acceptedAt = new Date(invocationTime(of.event)).toISOString();
    return { state: 'pending', acceptedAt, endedAt: null, attempts: [], output: null, cause: null };
  }
}
