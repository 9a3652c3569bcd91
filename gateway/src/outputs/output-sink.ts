import { createHash } from 'node:crypto';
import type { DataKey } from '@sovfn/bus/encryption';
import { type OutputMeta, PROTOCOL_VERSION } from '@sovfn/protocol';
import { OutputSealer } from './sealed-output.ts';
import { PART_BYTES, type SpillStream } from './spill/spill-stream.ts';
import type { StoreGate } from './store-gate.ts';
import type { StoredOutputs } from './stored-outputs.ts';

/** What is known when a call begins. */
export type OutputStart = Pick<
  OutputMeta,
  'invocation' | 'trigger' | 'call' | 'tenant' | 'function' | 'version' | 'zone' | 'attempt' | 'startedAt'
>;

/** What is known when its answer has ended. `headers` are `[name, value, …]` in lower-case names. */
export type OutputEnd = Pick<OutputMeta, 'node' | 'status' | 'headers' | 'outcome' | 'endedAt'>;

interface SinkOptions {
  readonly output: OutputStart;
  /** Null: it is kept as it comes. */
  readonly key: DataKey | Promise<DataKey> | null;
  readonly spill: SpillStream;
  readonly stored: StoredOutputs;
  readonly gate: StoreGate;
  readonly onEnd: () => void;
  /** The output is durable: it has this many bytes. */
  readonly onKept: (state: 'stored' | 'pending', bytes: number) => void;
}

/** Parts sent and not yet acknowledged: with the part being filled they bound the memory of an output to 2.5 MiB. */
const WINDOW = 4;

/** More are joined: a stream of single bytes would cost a hundred times its size. */
const MAX_PIECES = 1_024;

/** Each of the two writes of a small output to the object store. Milliseconds. */
const DIRECT_WRITE_MS = 2_000;

/** A slow answer's bytes are sent after this time even if they fill no part: silence for an hour means "orphan". */
const FLUSH_MS = 600_000;

/**
 * Takes one output. `write` is called for each piece of the body in order, then `finish` or `discard`, once. Up to
 * 512 KiB stay in memory until `finish`; more is streamed out as it comes.
 */
export class OutputSink {
  readonly #options: SinkOptions;
  readonly #hash = createHash('sha256');
  readonly #unacked = new Set<Promise<void>>();
  #sealer: OutputSealer | Promise<OutputSealer> | null;
  #pieces: Buffer[] = [];
  #heldBytes = 0;
  #totalBytes = 0;
  #parts = 0;
  #flushedAt = 0;
  #failure: Error | null = null;
  #isEnded = false;

  constructor(options: SinkOptions) {
    this.#options = options;
    this.#sealer = this.#makeSealer();
  }

  /**
   * Keeps the piece, which must not be changed afterwards. Null: go on. A promise: wait for it before the next piece;
   * it rejects with `output-store-full`, `bus-unavailable` or `key-unavailable` when the output cannot be kept.
   */
  write(piece: Buffer): Promise<void> | null {
    if (this.#isEnded) throw new Error('an output was written to after its end');
    this.#hash.update(piece);
    this.#totalBytes += piece.length;
    const sealer = this.#sealer;
    if (sealer === null) return this.#keep(piece);
    if (sealer instanceof OutputSealer) return this.#keep(sealer.push(piece));
    return sealer.then(async (ready) => {
      await this.#keep(ready.push(piece));
    });
  }

  #keep(piece: Buffer): Promise<void> | null {
    this.#pieces.push(piece);
    this.#heldBytes += piece.length;
    if (this.#heldBytes > PART_BYTES || this.#isOverdue()) this.#sendHeld();
    if (this.#pieces.length > MAX_PIECES) this.#pieces = [Buffer.concat(this.#pieces, this.#heldBytes)];
    return this.#failure === null && this.#unacked.size < WINDOW ? null : this.#untilRoom();
  }

  /**
   * Resolves when the output is durable; only then may the answer end. Rejects with `output-store-full`, `key-unavailable`
   * or `bus-unavailable` when it could be kept nowhere: then what there is of it is removed as far as can be.
   */
  async finish(end: OutputEnd): Promise<'stored' | 'pending'> {
    this.#end();
    try {
      const meta = await this.#sealEnd(this.#meta(end));
      const state = this.#parts === 0 ? await this.#keepSmall(meta) : await this.#keepLarge(meta);
      this.#options.onKept(state, meta.bytes);
      return state;
    } catch (error) {
      await this.#unackedSettled();
      await this.#options.spill.purgeOrLeave(this.#options.output);
      throw error;
    } finally {
      this.#options.onEnd();
    }
  }

  /** The call left no output after all. What was spilled already is purged: at once, or within hours. */
  async discard(): Promise<void> {
    if (this.#isEnded) return;
    this.#end();
    this.#takeHeld();
    await this.#unackedSettled();
    if (this.#parts > 0) await this.#options.spill.purgeOrLeave(this.#options.output);
    this.#options.onEnd();
  }

  #end(): void {
    if (this.#isEnded) throw new Error('an output was ended twice');
    this.#isEnded = true;
  }

  #makeSealer(): OutputSealer | Promise<OutputSealer> | null {
    const { key, output } = this.#options;
    if (key === null) return null;
    if (!(key instanceof Promise)) return new OutputSealer(key, output);
    const making = key.then((held) => (this.#sealer = new OutputSealer(held, output)));
    // Whoever writes or finishes meets it.
    making.catch(() => undefined);
    return making;
  }

  async #sealEnd(meta: OutputMeta): Promise<OutputMeta> {
    const sealer = await this.#sealer;
    if (sealer === null) return meta;
    await this.#keep(sealer.end());
    return { ...meta, headers: [], sealed: sealer.facts(meta.headers) };
  }

  #meta(end: OutputEnd): OutputMeta {
    const { output } = this.#options;
    return {
      v: PROTOCOL_VERSION,
      ...output,
      ...end,
      contentType: headerValue(end.headers, 'content-type'),
      bytes: this.#totalBytes,
      sha256: this.#hash.digest('hex'),
    };
  }

  async #keepSmall(meta: OutputMeta): Promise<'stored' | 'pending'> {
    const { spill, stored, gate } = this.#options;
    const body = this.#takeHeld();
    if (gate.mayTry()) {
      try {
        await stored.write(meta, body, DIRECT_WRITE_MS);
        gate.succeeded();
        return 'stored';
      } catch (error) {
        gate.failed(error);
      }
    }
    await spill.putEnd(meta, 0, body);
    return 'pending';
  }

  async #keepLarge(meta: OutputMeta): Promise<'pending'> {
    await this.#untilAcked();
    await this.#options.spill.putEnd(meta, this.#parts, this.#takeHeld());
    return 'pending';
  }

  #isOverdue(): boolean {
    return this.#parts > 0 && performance.now() - this.#flushedAt > FLUSH_MS;
  }

  /** Sends what is held, in parts; an overdue rest too, whatever its size. */
  #sendHeld(): void {
    const isOverdue = this.#isOverdue();
    const bytes = this.#takeHeld();
    let at = 0;
    for (; bytes.length - at > PART_BYTES; at += PART_BYTES) this.#sendPart(bytes.subarray(at, at + PART_BYTES));
    const rest = bytes.subarray(at);
    if (isOverdue) return this.#sendPart(rest);
    // A copy, so that the rest does not keep the whole of what was sent alive.
    this.#pieces = [Buffer.from(rest)];
    this.#heldBytes = rest.length;
  }

  #sendPart(bytes: Buffer): void {
    if (this.#failure !== null) return;
    this.#flushedAt = performance.now();
    const acked = this.#options.spill
      .putPart(this.#options.output, this.#parts++, bytes)
      .catch((error: Error) => {
        this.#failure ??= error;
      })
      .finally(() => this.#unacked.delete(acked));
    this.#unacked.add(acked);
  }

  async #untilRoom(): Promise<void> {
    while (this.#unacked.size >= WINDOW && this.#failure === null) await Promise.race(this.#unacked);
    if (this.#failure !== null) throw this.#failure;
  }

  async #untilAcked(): Promise<void> {
    await this.#unackedSettled();
    if (this.#failure !== null) throw this.#failure;
  }

  /** The promises never reject: a failure is in `#failure`. */
  async #unackedSettled(): Promise<void> {
    await Promise.all(this.#unacked);
  }

  #takeHeld(): Buffer {
    const bytes = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces, this.#heldBytes);
    this.#pieces = [];
    this.#heldBytes = 0;
    return bytes;
  }
}

function headerValue(headers: readonly string[], name: string): string | null {
  for (let i = 0; i + 1 < headers.length; i += 2) {
    if (headers[i]!.toLowerCase() === name) return headers[i + 1]!;
  }
  return null;
}
