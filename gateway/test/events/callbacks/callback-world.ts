/** Senders of callbacks with everything real around them: nats-server, MinIO, and events that ended. */
import { randomBytes } from 'node:crypto';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { createZoneStreams } from '@sovfn/bus';
import {
  delayedCallbackSubject,
  type EventHead,
  eventHeadSchema,
  eventStream,
  makeInvocationIds,
  zoneCallbacksSubject,
  zoneDelayedCallbacksSubject,
} from '@sovfn/protocol';
import { type ObjectStore, openStore } from '@sovfn/store';
import { type MinioServer, type NatsServer, startMinio, startNats } from '@sovfn/testkit';
import { Webhook } from 'standardwebhooks';
import type { CallbackSender } from '../../../src/events/callbacks/callback-sender.ts';
import { CallbackKeys } from '../../../src/events/callbacks/callback-signature.ts';
import type { Log, LogValue } from '../../../src/logger.ts';
import { Arrivals } from '../../peers/arrivals.ts';
import { endEvent, type EventEnd, OUTPUTS } from '../ended-event.ts';
import type { Received } from './receiver.ts';
import { enqueue, JOB, makeSender, SECRET, type SenderOptions } from './test-sender.ts';

export { JOB };

/** The whole content of a callback that was received, as a receiver reads it. */
export interface CallbackPayload {
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export class CallbackWorld implements AsyncDisposable {
  readonly nats: NatsServer;
  readonly minio: MinioServer;
  readonly connection: NatsConnection;
  readonly store: ObjectStore;
  readonly streams: JetStreamManager;
  readonly log = new Arrivals<{ readonly event: string; readonly fields: Readonly<Record<string, LogValue>> }>();
  readonly newEvent = makeInvocationIds(randomBytes);
  readonly #parts: AsyncDisposableStack;

  static async start(): Promise<CallbackWorld> {
    await using parts = new AsyncDisposableStack();
    const nats = parts.use(await startNats());
    const minio = parts.use(await startMinio());
    const connection = await connect({ servers: `${nats.address.host}:${nats.address.port}` });
    parts.defer(() => connection.close());
    await createZoneStreams(connection, { zones: [JOB.zone], kvBytes: 1_000_000 });
    const store = parts.adopt(openStore({ ...minio.endpoint, tls: false }), (opened) => opened.close());
    await store.ensureBucket(OUTPUTS);
    const streams = await jetstreamManager(connection);
    return new CallbackWorld({ nats, minio, connection, store, streams, parts: parts.move() });
  }

  private constructor(of: {
    readonly nats: NatsServer;
    readonly minio: MinioServer;
    readonly connection: NatsConnection;
    readonly store: ObjectStore;
    readonly streams: JetStreamManager;
    readonly parts: AsyncDisposableStack;
  }) {
    this.nats = of.nats;
    this.minio = of.minio;
    this.connection = of.connection;
    this.store = of.store;
    this.streams = of.streams;
    this.#parts = of.parts;
  }

  /** As a gateway's. Whoever starts it disposes it. */
  async startSender(options: SenderOptions = {}): Promise<CallbackSender> {
    const log: Log = (_level, event, fields = {}) => this.log.push({ event, fields });
    return makeSender({ connection: this.connection, store: this.store, log, ...options });
  }

  /** As a dispatcher does. */
  async enqueue(head: EventHead): Promise<void> {
    await enqueue(this.connection, head);
  }

  /** An event that has ended, as its dispatcher has it in hand. */
  async ended(callback: string, end: EventEnd = {}): Promise<EventHead> {
    const id = this.newEvent();
    const head = eventHeadSchema.parse({
      ...{ v: 1, id, trigger: 'async', ...JOB, method: 'POST', url: 'http://x/', headers: '', callback },
      acceptedAt: new Date().toISOString(),
    });
    await endEvent(this, { ...JOB, event: id }, end);
    return head;
  }

  /** The fields of the next line with this name; earlier lines are dropped. */
  async logged(name: string): Promise<Readonly<Record<string, LogValue>>> {
    for (;;) {
      const { event, fields } = await this.log.next();
      if (event === name) return fields;
    }
  }

  /** When the next attempt of a callback is due; null when none waits. */
  async dueAt({ id }: EventHead): Promise<number | null> {
    const subject = delayedCallbackSubject(JOB, id);
    const message = await this.streams.streams
      .getMessage(eventStream(JOB.zone), { last_by_subj: subject })
      .catch(() => null);
    return message === null ? null : Date.parse(message.header.get('Nats-Schedule').slice('@at '.length));
  }

  /** Drops the next attempt, so that it does not come in the middle of another test. */
  async forget({ id }: EventHead): Promise<void> {
    await this.streams.streams.purge(eventStream(JOB.zone), { filter: delayedCallbackSubject(JOB, id) });
  }

  /** Callbacks that are to be sent, now or later. */
  async waiting(): Promise<number> {
    let sum = 0;
    for (const filter of [zoneCallbacksSubject(JOB.zone), zoneDelayedCallbacksSubject(JOB.zone)]) {
      const { state } = await this.streams.streams.info(eventStream(JOB.zone), { subjects_filter: filter });
      for (const messages of Object.values(state.subjects ?? {})) sum += messages;
    }
    return sum;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }
}

/** Reads a callback as its receiver does, with the official library. Throws when the signature is wrong. */
export function verify({ body, headers }: Pick<Received, 'body' | 'headers'>, key = keyOf()): CallbackPayload {
  return new Webhook(key).verify(body, headers as Record<string, string>) as CallbackPayload;
}

export function keyOf(of = JOB): string {
  return new CallbackKeys(SECRET).show(of);
}
