/**
 * Records of events, written by compare-and-set: of two that write at once, one is told that the other was there.
 *
 * Guarantees: an event that has a terminal record keeps it. `write` waits out a bus that is away for a while; when it
 * throws, it is not known whether the record was written. Hostile: nothing; gateways alone write here.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { type GroupCommit, WRONG_LAST_SEQUENCE } from '@sovfn/bus';
import {
  type EventRecord,
  eventRecordSchema,
  type FunctionAddress,
  isSovfnError,
  recordStream,
  recordSubject,
  SovfnError,
} from '@sovfn/protocol';
import { refusalError } from '../accept/refusals.ts';
import type { SealedEvents } from '../sealed-events.ts';
import { lastMessage } from '../last-message.ts';

export interface StoredRecord {
  readonly record: EventRecord;
  /** Names this state of the record to the next write. */
  readonly sequence: number;
}

/** Sequence of an event that has no record yet. */
export const NO_RECORD = 0;
/** How long a write is repeated while the bus is away. Milliseconds. */
const PATIENCE_MS = 60_000;
const REPEAT_MS = 500;

/** See `EventRecords.read`. */
export async function readEventRecord(
  streams: JetStreamManager,
  of: FunctionAddress,
  event: string,
  sealed: SealedEvents,
): Promise<StoredRecord | null> {
  try {
    const message = await lastMessage(streams, recordStream(of.zone), recordSubject(of, event));
    if (message === null) return null;
    return { record: await sealed.openRecord(eventRecordSchema.parse(message.json())), sequence: message.seq };
  } catch (cause) {
    if (isSovfnError(cause)) throw cause;
    throw new SovfnError('bus-unavailable', `the record of event ${event} cannot be read`, { cause });
  }
}

export class EventRecords {
  readonly #streams: JetStreamManager;
  readonly #commits: ReadonlyMap<string, GroupCommit>;
  readonly #sealed: SealedEvents;
  #isClosed = false;

  /** `commits`: to the record stream of each zone. */
  static async open(
    connection: NatsConnection,
    commits: ReadonlyMap<string, GroupCommit>,
    sealed: SealedEvents,
  ): Promise<EventRecords> {
    return new EventRecords(await jetstreamManager(connection, { checkAPI: false }), commits, sealed);
  }

  private constructor(streams: JetStreamManager, commits: ReadonlyMap<string, GroupCommit>, sealed: SealedEvents) {
    this.#streams = streams;
    this.#commits = commits;
    this.#sealed = sealed;
  }

  /** From the leader of the stream. Null: no attempt has begun. Throws `bus-unavailable`. */
  async read(of: FunctionAddress, event: string): Promise<StoredRecord | null> {
    return readEventRecord(this.#streams, of, event, this.#sealed);
  }

  /**
   * Replaces the record of `sequence` (NO_RECORD: there is none). Null: another record has been written since.
   * Throws `bus-unavailable` when the bus stays away, or refuses.
   */
  async write(record: EventRecord, sequence: number): Promise<StoredRecord | null> {
    const started = performance.now();
    for (let isFirst = true; ; isFirst = false) {
      try {
        const written = await this.#tryWrite(record, sequence);
        // An earlier try may have been stored although its answer was lost.
        return written ?? (isFirst ? null : await this.#ownRecord(record));
      } catch (error) {
        const isAway = isSovfnError(error) && error.code === 'bus-unavailable';
        if (!isAway || this.#isClosed || performance.now() - started > PATIENCE_MS) throw error;
        await delay(REPEAT_MS);
      }
    }
  }

  /** From now on a bus that is away is not waited for. */
  close(): void {
    this.#isClosed = true;
  }

  async #tryWrite(record: EventRecord, sequence: number): Promise<StoredRecord | null> {
    const result = await this.#commitOf(record.zone).commit([
      {
        subject: recordSubject(record, record.id),
        headers: `Nats-Expected-Last-Subject-Sequence: ${sequence}\r\n`,
        payload: Buffer.from(JSON.stringify(await this.#sealed.sealRecord(record))),
      },
    ]);
    if (result.isStored) return { record, sequence: result.sequence };
    if (result.code === WRONG_LAST_SEQUENCE) return null;
    throw refusalError(result);
  }

  async #ownRecord(record: EventRecord): Promise<StoredRecord | null> {
    const found = await this.read(record, record.id);
    return found !== null && JSON.stringify(found.record) === JSON.stringify(record) ? found : null;
  }

  #commitOf(zone: string): GroupCommit {
    const commit = this.#commits.get(zone);
    if (commit !== undefined) return commit;
    throw new SovfnError('residency-unsatisfied', `this gateway writes no records of the zone "${zone}"`);
  }
}
