/**
 * The deliveries of one consumer. They begin again whenever they end: the consumer was removed, the server lost its
 * files, or the consumer is to be another. While they are paused there are none.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { ConsumerMessages } from '@nats-io/jetstream';

export interface DeliveriesOptions {
  /** Makes the consumer what it should be, and begins. */
  readonly open: () => Promise<ConsumerMessages>;
  /** What was delivered and not taken up comes again. */
  readonly onEnded: () => void;
  readonly onInterrupted: (error: Error) => void;
}

const RESTART_MS = 1_000;

export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #stopping = new AbortController();
  #messages: ConsumerMessages | null = null;
  #isPaused = false;
  /** What is being opened is out of date. */
  #isStale = false;
  #wake: () => void = () => undefined;
  #following: Promise<void> | null = null;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
  }

  /** Aborted when there are no further deliveries. */
  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  start(isPaused: boolean): void {
    this.#isPaused = isPaused;
    this.#following = this.#follow();
  }

  setPaused(isPaused: boolean): void {
    if (this.#isPaused === isPaused) return;
    this.#isPaused = isPaused;
    this.beginAgain();
  }

  beginAgain(): void {
    this.#isStale = true;
    this.#wake();
    void this.#messages?.close();
  }

  /** Resolves when nothing is delivered any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.beginAgain();
    await this.#following;
  }

  async #follow(): Promise<void> {
    while (!this.signal.aborted) {
      if (this.#isPaused) await new Promise<void>((resolve) => (this.#wake = resolve));
      else await this.#deliver();
    }
  }

  async #deliver(): Promise<void> {
    const ended = await this.#untilEnded();
    this.#messages = null;
    this.#options.onEnded();
    if (this.signal.aborted || ended === null) return;
    this.#options.onInterrupted(ended);
    await delay(RESTART_MS, undefined, { signal: this.signal }).catch(() => undefined);
  }

  /** Null: somebody here ended them. */
  async #untilEnded(): Promise<Error | null> {
    this.#isStale = false;
    try {
      this.#messages = await this.#options.open();
      if (this.#isStale) void this.#messages.close();
      const ended: unknown = await this.#messages.closed();
      return ended instanceof Error ? ended : null;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }
}
