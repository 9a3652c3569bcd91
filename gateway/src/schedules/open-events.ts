import type { NatsConnection } from '@nats-io/transport-node';
import { LastMessages } from '@sovfn/bus';
import {
  delayedEventSubject,
  EVENT_LANES,
  type EventState,
  eventRecordSchema,
  eventStream,
  eventSubject,
  type FunctionAddress,
  invocationTime,
  recordStream,
  recordSubject,
  TERMINAL_STATES,
} from '@sovfn/protocol';

/**
 * An event of which nothing is known may be one whose tick was decided and whose gateway was lost before it was accepted:
 * another gateway accepts it soon. After this time there is none. Milliseconds.
 */
const DECIDED_MS = 10 * 60_000;

/** In which state events are, asked for many at a time. The answer may be a moment old: then an event seems not to have ended. */
export class OpenEvents {
  readonly #records: ReadonlyMap<string, LastMessages>;
  readonly #events: ReadonlyMap<string, LastMessages>;

  constructor(connection: NatsConnection, zones: readonly string[]) {
    this.#records = new Map(zones.map((zone) => [zone, new LastMessages(connection, recordStream(zone))]));
    this.#events = new Map(zones.map((zone) => [zone, new LastMessages(connection, eventStream(zone))]));
  }

  /** Those that have not ended. Throws `bus-unavailable`. */
  async stillOpen(of: FunctionAddress, events: readonly string[]): Promise<string[]> {
    const open = await Promise.all(events.map(async (event) => this.#isOpen(of, event)));
    return events.filter((_event, index) => open[index]);
  }

  /** Null: nothing is known of it. Throws `bus-unavailable`. */
  async state(of: FunctionAddress, event: string): Promise<EventState | null> {
    // The second look at the record: an event may end between the looks.
    return (await this.#recorded(of, event)) ?? (await this.#waiting(of, event)) ?? (await this.#recorded(of, event));
  }

  async #isOpen(of: FunctionAddress, event: string): Promise<boolean> {
    const state = await this.state(of, event);
    if (state === null) return Date.now() - invocationTime(event) < DECIDED_MS;
    return !TERMINAL_STATES.has(state);
  }

  async #recorded(of: FunctionAddress, event: string): Promise<EventState | null> {
    const message = await this.#records.get(of.zone)!.read(recordSubject(of, event));
    if (message === null) return null;
    return eventRecordSchema.parse(JSON.parse(Buffer.from(message.data).toString('utf8'))).state;
  }

  async #waiting(of: FunctionAddress, event: string): Promise<'pending' | null> {
    const subjects = [delayedEventSubject(of, event), ...EVENT_LANES.map((lane) => eventSubject(of, lane, event))];
    const found = await Promise.all(subjects.map(async (subject) => this.#events.get(of.zone)!.read(subject)));
    return found.some((message) => message !== null) ? 'pending' : null;
  }
}
