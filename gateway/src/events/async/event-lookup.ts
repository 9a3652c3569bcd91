import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  delayedEventSubject,
  EVENT_LANES,
  type EventRecord,
  eventRecordSchema,
  eventStream,
  eventSubject,
  invocationTime,
  recordStream,
  recordSubject,
  SovfnError,
} from '@sovfn/protocol';
import { lastMessage } from '../last-message.ts';
import type { EventAddress } from './event-address.ts';

/** What is known of an event. Before its first attempt there is no record: it is `pending`. */
export type EventView = Pick<EventRecord, 'state' | 'acceptedAt' | 'endedAt' | 'attempts' | 'output' | 'cause'>;

export class EventLookup {
  readonly #streams: JetStreamManager;

  static async open(connection: NatsConnection): Promise<EventLookup> {
    return new EventLookup(await jetstreamManager(connection, { checkAPI: false }));
  }

  private constructor(streams: JetStreamManager) {
    this.#streams = streams;
  }

  /** Throws `event-not-found` or `bus-unavailable`. */
  async find(of: EventAddress): Promise<EventView> {
    try {
      // The second look at the record: an event may end between the looks.
      const view = (await this.#record(of)) ?? (await this.#waiting(of)) ?? (await this.#record(of));
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
    const message = await lastMessage(this.#streams, recordStream(of.zone), recordSubject(of, of.event));
    return message === null ? null : eventRecordSchema.parse(message.json());
  }

  async #waiting(of: EventAddress): Promise<EventView | null> {
    const stream = eventStream(of.zone);
    const due = EVENT_LANES.map((lane) => eventSubject(of, lane, of.event));
    const subjects = [...due, delayedEventSubject(of, of.event), ...due];
    for (const subject of subjects) {
      if ((await lastMessage(this.#streams, stream, subject)) === null) continue;
      const acceptedAt = new Date(invocationTime(of.event)).toISOString();
      return { state: 'pending', acceptedAt, endedAt: null, attempts: [], output: null, cause: null };
    }
    return null;
  }
}
