/** What tests look at besides a gateway's answers: the streams of its zone, read by a client of their own. */
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { createHash } from 'node:crypto';
import { connectBus } from '@sovfn/bus';
import {
  decodeEvent,
  type EventRecord,
  eventRecordSchema,
  recordStream,
  recordSubject,
  TERMINAL_STATES,
  delayedEventSubject,
  EVENT_LANES,
  eventStream,
  eventSubject,
  functionEventsSubject,
  inboxPrefix,
} from '@sovfn/protocol';
import { setTimeout as delay } from 'node:timers/promises';
import type { ObjectStore } from '@sovfn/store';
import { EventBodies } from '../../src/events/accept/event-bodies.ts';
import { SealedEvents } from '../../src/events/sealed-events.ts';
import type { DataKeys } from '../../src/keys/data-keys.ts';
import { openBenchKeys } from '../peers/bench-keys.ts';
import { type GatewayBench, TENANT, ZONE } from '../peers/gateway-bench.ts';

const POLL_MS = 20;

export interface AcceptedAnswer {
  readonly status: number;
  readonly event: string;
  readonly address: string;
  readonly isDuplicate: boolean;
}

export class EventWorld implements AsyncDisposable {
  readonly streams: JetStreamManager;
  readonly connection: NatsConnection;
  /** As the gateway seals. */
  readonly sealed: SealedEvents;
  readonly #keys: DataKeys;
  readonly #bench: GatewayBench;

  static async open(bench: GatewayBench): Promise<EventWorld> {
    const { credential } = await bench.gatewayCredential('gw-9');
    const prefix = `${inboxPrefix('gateway')}.gw-9`;
    const { address } = bench;
    const connection = await connectBus({ address, credential, name: 'reader', inboxPrefix: prefix });
    const keys = await openBenchKeys(connection, bench.config);
    return new EventWorld(bench, await jetstreamManager(connection), connection, keys);
  }

  private constructor(bench: GatewayBench, streams: JetStreamManager, connection: NatsConnection, keys: DataKeys) {
    this.#bench = bench;
    this.streams = streams;
    this.connection = connection;
    this.#keys = keys;
    this.sealed = new SealedEvents(keys);
  }

  /** Sends a call that prefers to be answered before it runs. */
  async send(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('prefer', 'respond-async');
    return fetch(`${this.#bench.url}${path}`, { method: 'POST', ...init, headers });
  }

  /** Sends one that must be accepted. */
  async accept(path: string, init: RequestInit = {}): Promise<AcceptedAnswer> {
    const response = await this.send(path, init);
    if (response.status !== 202) throw new Error(`${response.status}: ${await response.text()}`);
    const {
      event,
      status: address,
      isDuplicate,
    } = (await response.json()) as Omit<AcceptedAnswer, 'address'> & {
      status: never;
    };
    return { status: response.status, event, address, isDuplicate };
  }

  /** A body that lies in the object store, decrypted. */
  async storedBody(store: ObjectStore, object: string, expected: Buffer): Promise<Buffer> {
    const sha256 = createHash('sha256').update(expected).digest('hex');
    const reference = { object, bytes: expected.length, sha256, isSealed: true };
    const pieces: Buffer[] = [];
    const place = { country: 'FR', region: null };
    const bodies = new EventBodies({ store, bucket: 'sovfn-events', place, keys: this.sealed.keys });
    for await (const piece of bodies.read(reference)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  /** Ids of a function's events that have not ended, due or not. */
  async pending(name: string): Promise<string[]> {
    const of = { zone: ZONE, tenant: TENANT, function: name };
    const filters = [functionEventsSubject(of), delayedEventSubject(of, '*')];
    const found = await Promise.all(filters.map(async (filter) => this.#subjects(filter)));
    return [...new Set(found.flat().map((subject) => subject.split('.').at(-1)!))].toSorted();
  }

  /** The event as it was accepted, or as its next attempt waits. */
  async event(name: string, id: string): Promise<ReturnType<typeof decodeEvent>> {
    const of = { zone: ZONE, tenant: TENANT, function: name };
    const due = EVENT_LANES.map((lane) => eventSubject(of, lane, id));
    for (const subject of [...due, delayedEventSubject(of, id), ...due]) {
      const found = await this.#read(subject);
      if (found !== null) return found;
    }
    throw new Error(`event ${id} of "${name}" is not stored`);
  }

  /** The record of an event when it fits. */
  async untilRecord(name: string, id: string, fits: (record: EventRecord) => boolean): Promise<EventRecord> {
    const subject = recordSubject({ zone: ZONE, tenant: TENANT, function: name }, id);
    for (;;) {
      const message = await this.streams.streams
        .getMessage(recordStream(ZONE), { last_by_subj: subject })
        .catch(() => null);
      const record = message === null ? null : await this.sealed.openRecord(eventRecordSchema.parse(message.json()));
      if (record !== null && fits(record)) return record;
      await delay(POLL_MS);
    }
  }

  /** The record of an event when it has ended. */
  async ended(name: string, id: string): Promise<EventRecord> {
    return this.untilRecord(name, id, ({ state }) => TERMINAL_STATES.has(state));
  }

  /** Resolves when nothing of the event waits any more. */
  async untilGone(name: string, id: string): Promise<true> {
    while ((await this.pending(name)).includes(id)) await delay(POLL_MS);
    return true;
  }

  /** When a delayed event is due; null for one that is not delayed. */
  async dueAt(name: string, id: string): Promise<Date | null> {
    const subject = delayedEventSubject({ zone: ZONE, tenant: TENANT, function: name }, id);
    const message = await this.streams.streams.getMessage(eventStream(ZONE), { last_by_subj: subject });
    const at = message?.header.get('Nats-Schedule').slice('@at '.length);
    return at === undefined ? null : new Date(at);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#keys.close();
    await this.connection.close();
  }

  async #subjects(filter: string): Promise<string[]> {
    const { state } = await this.streams.streams.info(eventStream(ZONE), { subjects_filter: filter });
    return Object.keys(state.subjects ?? {});
  }

  async #read(subject: string): Promise<ReturnType<typeof decodeEvent> | null> {
    const message = await this.streams.streams.getMessage(eventStream(ZONE), { last_by_subj: subject });
    return message === null ? null : decodeEvent(await this.sealed.open(message.subject, message.data));
  }
}
