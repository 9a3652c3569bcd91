/**
 * What all gateways know of the functions that have events: which lanes they take from, and whether they are paused.
 * Reads are look-ups in memory; writes are compare-and-set.
 */
import type { NatsConnection } from '@nats-io/transport-node';
import { WatchedBucket, isWriteConflict } from '@sovfn/bus';
import {
  addressOfDispatchKey,
  DISPATCH_BUCKET,
  dispatchKey,
  type DispatchRecord,
  dispatchRecordSchema,
  type EventLane,
  type FunctionAddress,
  PROTOCOL_VERSION,
  SovfnError,
} from '@sovfn/protocol';

export interface DispatchRecordsOptions {
  readonly connection: NatsConnection;
  readonly onInvalid: (key: string, reason: string) => void;
}

export interface StandingDispatch {
  readonly record: DispatchRecord;
  /** Names it to whoever removes it. */
  readonly revision: number;
}

type Change = (record: DispatchRecord) => DispatchRecord | null;

const WRITE_ATTEMPTS = 8;

export class DispatchRecords {
  readonly #bucket: WatchedBucket<DispatchRecord>;
  /** Changes under way, so that a thousand first events of a function write once. */
  readonly #underWay = new Map<string, Promise<void>>();

  static async open({ connection, onInvalid }: DispatchRecordsOptions): Promise<DispatchRecords> {
    const schema = dispatchRecordSchema;
    return new DispatchRecords(await WatchedBucket.open({ connection, bucket: DISPATCH_BUCKET, schema, onInvalid }));
  }

  private constructor(bucket: WatchedBucket<DispatchRecord>) {
    this.#bucket = bucket;
  }

  get(of: FunctionAddress): DispatchRecord | null {
    return this.#bucket.get(dispatchKey(of));
  }

  all(): DispatchRecord[] {
    return [...this.#bucket.entries()].map(([, record]) => record);
  }

  isPaused(of: FunctionAddress): boolean {
    const pausedAt = this.get(of)?.pausedAt ?? null;
    return pausedAt !== null;
  }

  /** Called after each change, with null when the record is gone. Returns the function that ends it. */
  onChange(listener: (of: FunctionAddress, record: DispatchRecord | null) => void): () => void {
    return this.#bucket.onChange((key, record) => listener(addressOfDispatchKey(key), record));
  }

  /** To be awaited before an event is stored in the lane: from then on every gateway looks there. Throws `bus-unavailable`. */
  async ensureLane(of: FunctionAddress, lane: EventLane): Promise<void> {
    if (this.get(of)?.lanes.includes(lane) === true) return;
    await this.#once(`${dispatchKey(of)} ${lane}`, of, (record) =>
      record.lanes.includes(lane) ? null : { ...record, lanes: [...record.lanes, lane] },
    );
  }

  /** The function may have messages in its queues. Throws `bus-unavailable`. */
  async ensureQueue(of: FunctionAddress): Promise<void> {
    if (this.get(of)?.hasQueue === true) return;
    await this.#once(`${dispatchKey(of)} queue`, of, (record) =>
      record.hasQueue ? null : { ...record, hasQueue: true },
    );
  }

  /** No further event of the function begins, in any gateway, until `resume`. Those that run go on. Throws `bus-unavailable`. */
  async pause(of: FunctionAddress): Promise<void> {
    const pausedAt = new Date().toISOString();
    await this.#change(of, (record) => (record.pausedAt === null ? { ...record, pausedAt } : null));
  }

  /** Throws `bus-unavailable`. */
  async resume(of: FunctionAddress): Promise<void> {
    await this.#change(of, (record) => (record.pausedAt === null ? null : { ...record, pausedAt: null }));
  }

  /** As it stands on the bus. Null: there is none. Throws `bus-unavailable`. */
  async standing(of: FunctionAddress): Promise<StandingDispatch | null> {
    return reachable(of, async () => {
      const entry = await this.#bucket.kv.get(dispatchKey(of));
      if (entry === null || entry.operation !== 'PUT') return null;
      return { record: dispatchRecordSchema.parse(entry.json()), revision: entry.revision };
    });
  }

  /** Unless it was changed since. False: it was. Throws `bus-unavailable`. */
  async remove(of: FunctionAddress, revision: number): Promise<boolean> {
    return reachable(of, async () => {
      try {
        await this.#bucket.kv.delete(dispatchKey(of), { previousSeq: revision });
        return true;
      } catch (error) {
        if (isWriteConflict(error)) return false;
        throw error;
      }
    });
  }

  close(): void {
    this.#bucket.close();
  }

  async #once(name: string, of: FunctionAddress, change: Change): Promise<void> {
    let underWay = this.#underWay.get(name);
    if (underWay === undefined) {
      underWay = this.#change(of, change).finally(() => this.#underWay.delete(name));
      this.#underWay.set(name, underWay);
    }
    await underWay;
  }

  /** `change` returns null when nothing is to be changed. */
  async #change(of: FunctionAddress, change: Change): Promise<void> {
    const key = dispatchKey(of);
    let cause: unknown;
    for (let attempt = 1; attempt <= WRITE_ATTEMPTS; attempt++) {
      try {
        const entry = await this.#bucket.kv.get(key);
        const exists = entry !== null && entry.operation === 'PUT';
        const changed = change(exists ? dispatchRecordSchema.parse(entry.json()) : emptyRecord(of));
        if (changed === null) return;
        const written = await this.#bucket.kv.put(key, JSON.stringify(changed), { previousSeq: entry?.revision ?? 0 });
        await this.#bucket.untilSeen(key, written);
        return;
      } catch (error) {
        cause = error;
        if (!isWriteConflict(error)) break;
      }
    }
    throw unreachable(of, cause);
  }
}

async function reachable<T>(of: FunctionAddress, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    throw unreachable(of, cause);
  }
}

function unreachable(of: FunctionAddress, cause: unknown): SovfnError {
  return new SovfnError('bus-unavailable', `the dispatch record of "${of.function}" cannot be read or written`, {
    cause,
    hint: 'Retry in a moment; `sovfn status` shows the state of the bus.',
  });
}

function emptyRecord({ zone, tenant, function: name }: FunctionAddress): DispatchRecord {
  return { v: PROTOCOL_VERSION, zone, tenant, function: name, lanes: [], hasQueue: false, pausedAt: null };
}
