/**
 * What a function has logged in one zone, in the order of the zone's log stream: first what is left of it in the archive only,
 * then what the stream has. Guarantees: every batch that one of them has comes once, also when the bus is away meanwhile.
 * Hostile: the batches. They come from processes that run tenant code; what is no batch of the function is reported and passed
 * over.
 */
import {
  type Consumer,
  type ConsumerMessages,
  DeliverPolicy,
  jetstream,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { type DataKeySource, isSealed, open } from '@sovfn/bus/encryption';
import {
  type ErrorCode,
  isSovfnError,
  type LogBatch,
  type LogGap,
  logBatchSchema,
  logPlace,
  logStream,
  logSubject,
  SovfnError,
} from '@sovfn/protocol';
import { setImmediate as immediate, setTimeout as delay } from 'node:timers/promises';
import { findPlace, type LogBegin, type LogPlace, type LogPosition } from '../../archive/log-place.ts';
import type { ArchivedPlace } from '../../archive/segment.ts';
import type { StreamArchive } from '../../archive/stream-archive.ts';
import type { FunctionName } from '../../outputs/output-address.ts';
import { readArchivedLog } from './archived-log.ts';
import type { BusWatch } from './bus-watch.ts';
import { type LogArchive, logFolder } from './log-archive.ts';

export interface ZoneLogOptions {
  readonly connection: NatsConnection;
  readonly keys: DataKeySource;
  readonly busWatch: BusWatch;
  /** Null: there is none. */
  readonly archive: LogArchive | null;
  /** What is older is kept no longer. */
  readonly keptSince: Date;
  readonly zone: string;
  readonly of: FunctionName;
  readonly from: LogBegin;
  /** False: it ends where the stream ended when reading began. */
  readonly follow: boolean;
  readonly onInvalid: (reason: string) => void;
}

export interface StoredBatch {
  readonly sequence: number;
  readonly storedAt: Date;
  readonly batch: LogBatch;
}

/** Of batches that wait here for their reader. Bytes; more than the largest message. */
const WAITING_BYTES = 2 * 1024 * 1024;
/** A long log is read in turns, between which the gateway serves calls. Milliseconds. */
const TURN_MS = 5;
/** Of one reading, so many batches that are none are reported. */
const MOST_REPORTED = 10;
/** What is in the archive waits for the object store; what is in the stream does not. */
const STORE_ERRORS: ReadonlySet<ErrorCode> = new Set(['store-unavailable', 'store-refused']);
/** After the bus has come back: how long it may take to serve streams, and when to try again. Milliseconds. */
const BACK_MS = 10_000;
const RETRY_MS = 200;

export class ZoneLog {
  readonly zone: string;
  /** Where reading begins. */
  readonly place: LogPlace;
  readonly #options: ZoneLogOptions;
  readonly #manager: JetStreamManager;
  #consumer: Consumer;
  #messages: ConsumerMessages | null = null;
  #isClosed = false;
  #reported = 0;

  /** Throws `bus-unavailable`. */
  static async open(options: ZoneLogOptions): Promise<ZoneLog> {
    try {
      return new ZoneLog(options, await openAt(options, options.from));
    } catch (cause) {
      throw unavailable(options.zone, cause);
    }
  }

  private constructor(options: ZoneLogOptions, { place, consumer, manager }: OpenedLog) {
    this.#options = options;
    this.zone = options.zone;
    this.place = place;
    this.#consumer = consumer;
    this.#manager = manager;
  }

  /**
   * To be read once; ends when it is closed, or where it was to end. A reason where entries may be missing. Throws
   * `bus-unavailable`, `key-unavailable`.
   */
  async *batches(): AsyncGenerator<StoredBatch | LogGap['reason']> {
    const last = this.#options.follow ? null : this.place.last;
    const interrupt = (): void => void this.#messages?.close();
    const stopWatching = this.#options.busWatch.onReturn(interrupt);
    let position = this.place.start;
    let turnAt = performance.now();
    try {
      yield* this.#archived();
      if (last !== null && (await this.#consumer.info()).num_pending === 0) return;
      while (!this.#isClosed) {
        this.#messages = await this.#consumer.consume({ max_bytes: WAITING_BYTES });
        if (this.#isClosed) await this.#messages.close();
        for await (const message of this.#messages) {
          if (performance.now() - turnAt > TURN_MS) turnAt = await nextTurn();
          const batch = await this.#parse(message.data);
          if (batch !== null) yield { sequence: message.seq, storedAt: message.time, batch };
          position = { sequence: message.seq + 1, skip: 0, storedAt: message.time.getTime() };
          if (last !== null && (message.seq >= last || message.info.pending === 0)) return;
        }
        if (this.#isClosed) return;
        this.#consumer = await this.#openAgain(position);
        yield 'bus-disconnected';
      }
    } finally {
      stopWatching();
    }
  }

  /** Ends `batches`. The bus forgets the reader by itself when it cannot be told. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#messages?.close();
    await this.#consumer.delete().catch(() => undefined);
  }

  /** What only the archive has. Without the object store, reading goes on with the stream. */
  async *#archived(): AsyncGenerator<StoredBatch | LogGap['reason']> {
    const { archive: archives, zone, of, from, keptSince } = this.#options;
    if (archives === null || from === 'now' || this.place.loss !== null) return;
    const archive = archives.of(zone);
    const begin = from === null || from instanceof Date ? from : { ...from, sequence: from.sequence - 1 };
    const oldestInStream = () => this.#oldestInStream();
    try {
      if (begin !== null && !(begin instanceof Date) && (await this.#hasLost(archive, begin))) yield 'expired';
      let turnAt = performance.now();
      const since = begin === null || (begin instanceof Date && begin < keptSince) ? keptSince : begin;
      for await (const message of readArchivedLog({
        archive,
        folder: logFolder(zone, of),
        from: since,
        oldestInStream,
      })) {
        if (this.#isClosed) return;
        if (performance.now() - turnAt > TURN_MS) turnAt = await nextTurn();
        const batch = message === null ? null : await this.#parse(message.data);
        if (message === null) yield 'unreadable';
        else if (batch !== null) yield { sequence: message.sequence, storedAt: new Date(message.storedAt), batch };
      }
    } catch (error) {
      if (!isSovfnError(error) || !STORE_ERRORS.has(error.code)) throw error;
      yield 'unreadable';
    }
  }

  /** Behind a place that the stream no longer has: was anything removed before it was archived, or is it kept no longer? */
  async #hasLost(archive: StreamArchive, { sequence, storedAt }: ArchivedPlace): Promise<boolean> {
    if (sequence + 1 >= this.place.first) return false;
    if (storedAt > 0 && storedAt < this.#options.keptSince.getTime()) return true;
    return ((await archive.position())?.sequence ?? 0) + 1 < this.place.first;
  }

  async #oldestInStream(): Promise<ArchivedPlace | null> {
    const { zone, of } = this.#options;
    const query = { seq: 1, next_by_subj: logSubject({ zone, ...of }) };
    const oldest = await this.#manager.streams.getMessage(logStream(zone), query);
    return oldest === null ? null : { sequence: oldest.seq, storedAt: oldest.time.getTime() };
  }

  /** The bus is back, and may need a moment until it serves streams. */
  async #openAgain(position: LogPosition): Promise<Consumer> {
    const giveUpAt = performance.now() + BACK_MS;
    for (;;) {
      try {
        return (await openAt(this.#options, position)).consumer;
      } catch (cause) {
        if (this.#isClosed || performance.now() > giveUpAt) throw unavailable(this.zone, cause);
        await delay(RETRY_MS);
      }
    }
  }

  /** Throws `key-unavailable`. */
  async #parse(payload: Uint8Array): Promise<LogBatch | null> {
    try {
      const bytes = await this.#opened(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength));
      const batch = logBatchSchema.parse(JSON.parse(bytes.toString('utf8')));
      if (batch.function === this.#options.of.function) return batch;
      this.#reportInvalid(`it is of the function "${batch.function}"`);
    } catch (error) {
      if (isSovfnError(error) && error.code === 'key-unavailable') throw error;
      this.#reportInvalid(String(error).slice(0, 500));
    }
    return null;
  }

  /** What supervisors write of cells that ended is in clear. */
  async #opened(batch: Buffer): Promise<Buffer> {
    const { keys, zone, of } = this.#options;
    return isSealed(batch) ? open(keys, logPlace(logSubject({ zone, ...of })), batch) : batch;
  }

  #reportInvalid(reason: string): void {
    if (this.#reported++ < MOST_REPORTED) this.#options.onInvalid(reason);
  }
}

interface OpenedLog {
  readonly manager: JetStreamManager;
  readonly place: LogPlace;
  readonly consumer: Consumer;
}

async function openAt({ connection, archive, zone, of }: ZoneLogOptions, begin: LogBegin): Promise<OpenedLog> {
  const manager = await jetstreamManager(connection);
  const found = await findPlace(manager, logStream(zone), begin);
  const place = archive === null ? found : beforeStream(found, begin);
  const consumer = await jetstream(connection).consumers.get(logStream(zone), {
    filter_subjects: [logSubject({ zone, ...of })],
    ...(place.from instanceof Date
      ? { deliver_policy: DeliverPolicy.StartTime, opt_start_time: place.from.toISOString() }
      : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: place.from }),
  });
  return { manager, place, consumer };
}

/** With an archive, what is asked for begins before the stream does. */
function beforeStream(place: LogPlace, begin: LogBegin): LogPlace {
  if (begin === 'now' || place.loss === 'bus-disconnected') return place;
  if (begin === null || begin instanceof Date) return { ...place, start: { sequence: 1, skip: 0, storedAt: 0 } };
  return { ...place, start: begin, from: begin.sequence, loss: null };
}

/** Resolves with when it begins. */
async function nextTurn(): Promise<number> {
  await immediate();
  return performance.now();
}

function unavailable(zone: string, cause: unknown): SovfnError {
  const isMissing = cause instanceof JetStreamApiError && cause.code === JetStreamApiCodes.StreamNotFound;
  const what = isMissing ? 'there is no stream that keeps it' : 'the bus does not answer';
  return new SovfnError('bus-unavailable', `the log of zone "${zone}" cannot be read now: ${what}`, {
    hint: isMissing
      ? 'A gateway makes the stream when it starts, if NATS has 16 MiB of room for it.'
      : 'See `sovfn status`.',
    cause,
  });
}
