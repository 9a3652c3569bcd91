import { setTimeout as delay } from 'node:timers/promises';
import type { ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import { type ErrorCode, isSovfnError } from '@sovfn/protocol';
import type { Log } from '../logger.ts';
import { storedFacts } from './sealed-output.ts';
import { decodeEnd, type SpilledOutput } from './spill/end-message.ts';
import { DRAIN_ACK_MS } from './spill/spill-setup.ts';
import type { SpillStream } from './spill/spill-stream.ts';
import { assertProved, provedBody, spilledBody } from './spilled-body.ts';
import type { StoreGate } from './store-gate.ts';
import type { StoredOutputs } from './stored-outputs.ts';

export interface OutputDrainOptions {
  readonly spill: SpillStream;
  readonly stored: StoredOutputs;
  readonly gate: StoreGate;
  readonly log: Log;
}

/** Each write but that of a large body, which has limits of its own. Milliseconds. */
const WRITE_MS = 5_000;
const BACK_OFF_MIN_MS = 250;
const BACK_OFF_MAX_MS = 5_000;
const KEEP_MS = DRAIN_ACK_MS / 3;
const RESTART_MS = 1_000;

/** No repeat mends these: the parts do not make the output that was recorded, or the end cannot be read. */
const HOPELESS_CODES: ReadonlySet<ErrorCode> = new Set(['output-corrupted', 'size-mismatch', 'bad-message']);

/**
 * Moves the complete outputs of a zone’s spill stream to the object store: body and description, then the purge, then the
 * acknowledgement. A crash in between leads to the same steps again, here or in another gateway.
 */
export class OutputDrain {
  readonly #options: OutputDrainOptions;
  readonly #underWay = new Set<Promise<void>>();
  #isStopping = false;
  #messages: ConsumerMessages | null = null;
  #following: Promise<void> | null = null;

  private constructor(options: OutputDrainOptions) {
    this.#options = options;
  }

  static async start(options: OutputDrainOptions): Promise<OutputDrain> {
    const drain = new OutputDrain(options);
    drain.#following = drain.#follow(await drain.#consume());
    return drain;
  }

  async pending(): Promise<number> {
    return this.#options.spill.pending();
  }

  /** Takes no more outputs and waits for those under way. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#messages?.close();
    await this.#following;
    await Promise.all(this.#underWay);
  }

  async #consume(): Promise<ConsumerMessages> {
    const messages = await this.#options.spill.consumeEnds((message) => this.#take(message));
    if (this.#isStopping) await messages.close();
    this.#messages = messages;
    return messages;
  }

  /** Begins again whenever the deliveries end: the consumer was removed, or the server lost its files. */
  async #follow(first: ConsumerMessages): Promise<void> {
    let ended: unknown = await first.closed();
    while (!this.#isStopping) {
      this.#options.log('warn', 'output-drain-interrupted', { error: String(ended) });
      await delay(RESTART_MS);
      if (this.#isStopping) return;
      ended = await this.#consumeUntilClosed();
    }
  }

  async #consumeUntilClosed(): Promise<unknown> {
    try {
      return await (await this.#consume()).closed();
    } catch (error) {
      return error;
    }
  }

  #take(message: JsMsg): void {
    const work = this.#drain(message).finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
  }

  /** Never rejects: whatever happens, the message is acknowledged, asked for again, or put aside. */
  async #drain(message: JsMsg): Promise<void> {
    const keep = setInterval(() => message.working(), KEEP_MS);
    try {
      await this.#move(decodeEnd(Buffer.from(message.data)));
      message.ack();
    } catch (error) {
      this.#afterFailure(message, error);
    } finally {
      clearInterval(keep);
    }
  }

  async #move(output: SpilledOutput): Promise<void> {
    const { spill, gate } = this.#options;
    try {
      await this.#write(output);
      gate.succeeded();
    } catch (error) {
      if (!isCorrupted(error) || !(await this.#options.stored.has(output.meta))) throw error;
      // Another gateway, or this one before a crash, has moved the output and was purging it.
    }
    await spill.purge(output.meta);
  }

  /** Nothing becomes visible before the whole body is proved. */
  async #write(output: SpilledOutput): Promise<void> {
    const { spill, stored } = this.#options;
    const { meta, parts, tail } = output;
    const open = () => provedBody(spilledBody(spill, output), meta, storedFacts(meta));
    if (parts > 0) return stored.writeStream(meta, open, WRITE_MS);
    await assertProved(open());
    await stored.write(meta, tail, WRITE_MS);
  }

  /** What a later attempt may cure comes again; what is no whole output stays in the stream, for a person. */
  #afterFailure(message: JsMsg, error: unknown): void {
    const { gate, log } = this.#options;
    const code = isSovfnError(error) ? error.code : null;
    if (code !== null && HOPELESS_CODES.has(code)) {
      log('error', 'output-unreadable', { subject: message.subject, error: String(error) });
      message.term(String(error));
      return;
    }
    if (code === 'store-unavailable' || code === 'store-refused') gate.failed(error);
    else log('warn', 'output-move-failed', { subject: message.subject, error: String(error) });
    message.nak(Math.min(BACK_OFF_MAX_MS, BACK_OFF_MIN_MS * 2 ** Math.min(message.info.deliveryCount - 1, 10)));
  }
}

function isCorrupted(error: unknown): boolean {
  return isSovfnError(error) && error.code === 'output-corrupted';
}
