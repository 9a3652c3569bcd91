/**
 * Cancels events: one that runs somewhere, one that waits, one that is delayed.
 *
 * Guarantees: after `cancel` the event has ended, as cancelled or as it had ended before; no attempt of it begins any more.
 * Hostile: nothing; only gateways may publish on `stop.<zone>`.
 */
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import {
  delayedEventSubject,
  delayedQueueSubject,
  EVENT_LANES,
  type EventHead,
  eventStream,
  eventSubject,
  type EventRecord,
  type EventState,
  type FunctionAddress,
  PROTOCOL_VERSION,
  queueStream,
  queueSubject,
  SovfnError,
  type StopRequest,
  stopEventSubject,
  stopRequestSchema,
  TERMINAL_STATES,
  jsonOrNull,
} from '@sovfn/protocol';
import type { EndedEvents } from '../ended/ended-events.ts';
import { type EventRecords, NO_RECORD } from './event-records.ts';
import { newRecord } from './new-record.ts';
import type { RunningEvents } from './running-events.ts';
import type { WaitingEvents } from './waiting-events.ts';

export interface EventStopsOptions {
  readonly connection: NatsConnection;
  readonly zones: readonly string[];
  readonly running: RunningEvents;
  readonly records: EventRecords;
  readonly waiting: WaitingEvents;
  readonly ended: EndedEvents;
  /** An event was cancelled that did not run. */
  readonly onCancelled: (record: EventRecord) => void;
  /** As for a run that ends: resolves when the callback is durable. */
  readonly enqueueCallback: (head: EventHead) => Promise<void>;
}

const ASK_MS = 2_000;
/** Silence after the last gateway's answer. Milliseconds. */
const STALL_MS = 200;
const POLL_MS = 50;
const MOST_TRIES = 40;
const NOT_HERE = 'not-here';
const STOPPED = 'stopped';

export class EventStops {
  readonly #options: EventStopsOptions;
  readonly #manager: JetStreamManager;
  readonly #subscriptions: readonly Subscription[];

  static async open(options: EventStopsOptions): Promise<EventStops> {
    return new EventStops(options, await jetstreamManager(options.connection, { checkAPI: false }));
  }

  private constructor(options: EventStopsOptions, manager: JetStreamManager) {
    this.#options = options;
    this.#manager = manager;
    this.#subscriptions = options.zones.map((zone) =>
      options.connection.subscribe(stopEventSubject(zone), { callback: (_error, message) => this.#onRequest(message) }),
    );
  }

  /** Resolves with the state in which the event has ended. Throws `event-not-found` or `bus-unavailable`. */
  async cancel(of: FunctionAddress, event: string): Promise<EventState> {
    for (let tries = 1; tries <= MOST_TRIES; tries++) {
      const ended = await this.#cancelOnce(of, event);
      if (ended !== null) return ended;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    throw new SovfnError('bus-unavailable', `event ${event} changes faster than it can be cancelled`, {
      hint: 'Try again in a moment.',
    });
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
  }

  /** Null: it has moved on meanwhile, or its run is ending. */
  async #cancelOnce(of: FunctionAddress, event: string): Promise<EventState | null> {
    const { records, waiting, ended } = this.#options;
    const stored = await records.read(of, event);
    if (stored !== null && TERMINAL_STATES.has(stored.record.state)) return stored.record.state;
    if (await this.#stopRun(of, event)) return null;
    const message = await waiting.find(of, event);
    if (stored === null && message === null) {
      if ((await records.read(of, event)) !== null) return null;
      throw new SovfnError('event-not-found', `nothing is known of event ${event} of "${of.function}"`);
    }
    if (message !== null) await ended.keep(message.head, message.body);
    const record = stored?.record ?? newRecord(message!.head, message!.body.length);
    const end = { state: 'cancelled', endedAt: new Date().toISOString(), cause: 'cancelled before it ran' } as const;
    const written = await records.write({ ...record, ...end }, stored?.sequence ?? NO_RECORD);
    if (written === null) return null;
    this.#options.onCancelled(written.record);
    await this.#removeMessages(of, event, message?.head ?? null);
    return 'cancelled';
  }

  /** The record says that the event has ended; a message that stays behind after a crash is acknowledged unrun. */
  async #removeMessages(of: FunctionAddress, event: string, head: EventHead | null): Promise<void> {
    if (head !== null && head.callback !== null) await this.#options.enqueueCallback(head);
    const { streams } = this.#manager;
    const subjects = [delayedEventSubject(of, event), ...EVENT_LANES.map((lane) => eventSubject(of, lane, event))];
    for (const filter of subjects) await streams.purge(eventStream(of.zone), { filter });
    const queued = [delayedQueueSubject(of, event), queueSubject(of, event)];
    for (const filter of queued) await streams.purge(queueStream(of.zone), { filter });
  }

  /** Asks all gateways. True: one of them ran the event and has stopped it. */
  async #stopRun({ zone, tenant, function: name }: FunctionAddress, event: string): Promise<boolean> {
    const asked: StopRequest = { v: PROTOCOL_VERSION, tenant, function: name, event };
    const answers = await this.#options.connection.requestMany(stopEventSubject(zone), JSON.stringify(asked), {
      strategy: 'stall',
      maxWait: ASK_MS,
      stall: STALL_MS,
    });
    for await (const answer of answers) if (answer.string() === STOPPED) return true;
    return false;
  }

  #onRequest(message: Msg): void {
    const request = stopRequestSchema.safeParse(jsonOrNull(message.string()));
    const isStopped = request.success && this.#options.running.cancel(request.data);
    message.respond(isStopped ? STOPPED : NOT_HERE);
  }
}
