import type { ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import { isSovfnError, type OutputMeta } from '@sovfn/protocol';
import type { Log } from '../logger.ts';
import { decodeEnd, type SpilledOutput } from './spill/end-message.ts';
import { DRAIN_ACK_MS } from './spill/spill-setup.ts';
import type { SpillStream } from './spill/spill-stream.ts';
import { provedBody, spilledBody } from './spilled-body.ts';
import type { StoreGate } from './store-gate.ts';
import type { StoredOutputs } from './stored-outputs.ts';

export interface OutputDrainOptions {
  readonly spill: SpillStream;
  readonly stored: StoredOutputs;
  readonly gate: StoreGate;
  readonly log: Log;
}

/** Each write but that of a large body, which has limits of its own. Milliseconds. */
const WRITE_MS = 30_000;
const BACK_OFF_MIN_MS = 250;
const BACK_OFF_MAX_MS = 5_000;
const KEEP_MS = DRAIN_ACK_MS / 3;

/**
 * Moves the complete outputs of a zone's spill stream to the object store: body, `output.json`, then the purge, then the
 * acknowledgement. A crash in between leads to the same steps again, here or in another gateway.
 */
export class OutputDrain {
  readonly #options: OutputDrainOptions;
  readonly #underWay = new Set<Promise<void>>();
  #messages: ConsumerMessages | null = null;

  private constructor(options: OutputDrainOptions) {
    this.#options = options;
  }

  static async start(options: OutputDrainOptions): Promise<OutputDrain> {
    const drain = new OutputDrain(options);
    drain.#messages = await options.spill.consumeEnds((message) => drain.#take(message));
    return drain;
  }

  async pending(): Promise<number> {
    return this.#options.spill.pending();
  }

  /** Takes no more outputs and waits for those under way. */
  async stop(): Promise<void> {
    await this.#messages?.close();
    await Promise.all(this.#underWay);
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
      if (!isCorrupted(error) || !(await this.#isStored(output.meta))) throw error;
      // Another gateway, or this one before a crash, has moved the output and was purging it.
    }
    await spill.purge(output.meta);
  }

  async #write(output: SpilledOutput): Promise<void> {
    const { spill, stored } = this.#options;
    const open = () => provedBody(spilledBody(spill, output), output.meta);
    await stored.writeStream(output.meta, open, WRITE_MS);
  }

  async #isStored(meta: OutputMeta): Promise<boolean> {
    const found = await this.#options.stored.readMeta(meta);
    return found?.sha256 === meta.sha256;
  }

  /** What a later attempt may cure comes again; what cannot be read as an output stays in the stream, for a person. */
  #afterFailure(message: JsMsg, error: unknown): void {
    const { gate, log } = this.#options;
    if (isCorrupted(error) || isUnreadable(error)) {
      log('error', 'output-unreadable', { subject: message.subject, error: String(error) });
      message.term(String(error));
      return;
    }
    gate.failed(error);
    message.nak(Math.min(BACK_OFF_MAX_MS, BACK_OFF_MIN_MS * 2 ** Math.min(message.info.deliveryCount - 1, 10)));
  }
}

function isCorrupted(error: unknown): boolean {
  return isSovfnError(error) && error.code === 'output-corrupted';
}

function isUnreadable(error: unknown): boolean {
  return isSovfnError(error) && error.code === 'bad-message';
}
