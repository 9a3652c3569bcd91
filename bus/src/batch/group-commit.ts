/**
 * Group commit: what arrives while a batch is under way becomes the next batch. One batch at a time, so each fsync of the
 * server pays for everything that waited for it; at low load an entry leaves in the turn in which it came. A few entries of one
 * message each go without a batch, which costs the server more than syncing each of them.
 *
 * Guarantees: an entry is stored whole or not at all, and one that the server refuses costs only itself. The caller sees
 * to it that no two entries under way exclude each other (the same marker): the server would refuse their whole batch.
 */
import { SovfnError } from '@sovfn/protocol';
import {
  type AtomicBatches,
  type BatchMessage,
  type BatchRefusal,
  type BatchStored,
  MOST_BATCH_MESSAGES,
} from './atomic-batch.ts';

/** Messages that are stored together: at least one. */
export type BatchEntry = readonly BatchMessage[];

interface Waiting {
  readonly entry: BatchEntry;
  readonly bytes: number;
  readonly done: PromiseWithResolvers<BatchStored | BatchRefusal>;
}

/** Entries of one batch, as long as their messages do not pass the server's limit. */
const MOST_ENTRIES = 400;
/** Entries of one message each that go without a batch. Measured: a batch takes as long as 15 of them, on slower disks fewer. */
const MOST_WITHOUT_BATCH = 6;
/** Of one batch, unless a single entry is larger: the server holds all of it before it commits. Bytes. */
const BATCH_BYTES = 8 * 1024 * 1024;
/** What may wait for its turn; beyond it nothing is taken. Bytes. */
const WAITING_BYTES = 64 * 1024 * 1024;
/** Single entries of a refused batch that are under way at once; the server allows 50 open batches a stream. */
const SINGLES_AT_ONCE = 16;

export class GroupCommit {
  readonly #batches: AtomicBatches;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #isRunning = false;

  constructor(batches: AtomicBatches) {
    this.#batches = batches;
  }

  /**
   * Stores the messages of one entry together, or says why the server refused this entry. Throws
   * `bus-unavailable` at once when the bus is away or too much waits for it, else when it is not known what was stored.
   */
  async commit(entry: BatchEntry): Promise<BatchStored | BatchRefusal> {
    const bytes = entry.reduce((sum, message) => sum + message.headers.length + message.payload.length, 0);
    this.assertConnected();
    if (this.#waitingBytes + bytes > WAITING_BYTES) {
      throw unavailable(`more than ${WAITING_BYTES} bytes wait for the messaging bus (NATS)`);
    }
    const done = Promise.withResolvers<BatchStored | BatchRefusal>();
    this.#waiting.push({ entry, bytes, done });
    this.#waitingBytes += bytes;
    if (!this.#isRunning) this.#start();
    return done.promise;
  }

  /** Throws `bus-unavailable`. */
  assertConnected(): void {
    if (!this.#batches.isConnected) throw unavailable('the messaging bus (NATS) is not reachable');
  }

  /** After the turn, so that what arrives in the same turn goes along. */
  #start(): void {
    this.#isRunning = true;
    setImmediate(() => void this.#run());
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) await this.#commitGroup(this.#takeGroup());
    this.#isRunning = false;
  }

  #takeGroup(): Waiting[] {
    let count = 0;
    let bytes = 0;
    let messages = 0;
    while (count < Math.min(this.#waiting.length, MOST_ENTRIES)) {
      const next = this.#waiting[count]!;
      messages += next.entry.length;
      if (count > 0 && (bytes + next.bytes > BATCH_BYTES || messages > MOST_BATCH_MESSAGES)) break;
      bytes += next.bytes;
      count++;
    }
    this.#waitingBytes -= bytes;
    return this.#waiting.splice(0, count);
  }

  /** Settles every member; never throws. */
  async #commitGroup(group: readonly Waiting[]): Promise<void> {
    if (group.length > 1 && group.length <= MOST_WITHOUT_BATCH && group.every(({ entry }) => entry.length === 1)) {
      await Promise.all(group.map((one) => this.#commitGroup([one])));
      return;
    }
    try {
      const result = await this.#batches.commit(group.flatMap(({ entry }) => entry));
      if (!result.isStored && group.length > 1) return await this.#commitSingly(group);
      resolveAll(group, result);
    } catch (error) {
      for (const { done } of group) done.reject(error);
    }
  }

  async #commitSingly(group: readonly Waiting[]): Promise<void> {
    const left = [...group];
    const worker = async (): Promise<void> => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) await this.#commitGroup([next]);
    };
    await Promise.all(Array.from({ length: SINGLES_AT_ONCE }, worker));
  }
}

/** Each entry learns where its own messages are. */
function resolveAll(group: readonly Waiting[], result: BatchStored | BatchRefusal): void {
  let before = 0;
  for (const { entry, done } of group) {
    done.resolve(result.isStored ? { isStored: true, sequence: result.sequence + before } : result);
    before += entry.length;
  }
}

function unavailable(reason: string): SovfnError {
  return new SovfnError('bus-unavailable', `nothing was stored: ${reason}`, {
    hint: 'Retry in a moment; `sovfn status` shows the state of the bus.',
  });
}
