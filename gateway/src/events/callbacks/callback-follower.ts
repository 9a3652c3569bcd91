import type { ConsumerMessages } from '@nats-io/jetstream';
import { setTimeout as delay } from 'node:timers/promises';

export interface CallbackFollowerOptions {
  /** Begins the deliveries of a zone. */
  readonly consume: () => Promise<ConsumerMessages>;
  readonly onLost: (reason: unknown) => void;
}

const RESTART_MS = 1_000;

/** Keeps the deliveries of a zone going: they end when the consumer was removed, or the server has lost its files. */
export class CallbackFollower {
  readonly #options: CallbackFollowerOptions;
  readonly #stopping = new AbortController();
  readonly #following: Promise<void>;
  #messages: ConsumerMessages;

  static async start(options: CallbackFollowerOptions): Promise<CallbackFollower> {
    return new CallbackFollower(options, await options.consume());
  }

  private constructor(options: CallbackFollowerOptions, messages: ConsumerMessages) {
    this.#options = options;
    this.#messages = messages;
    this.#following = this.#follow();
  }

  /** No delivery begins after this has resolved. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#messages.close();
    await this.#following;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stopping;
    for (;;) {
      const reason: unknown = await this.#messages.closed();
      if (signal.aborted) return;
      this.#options.onLost(reason);
      if (!(await this.#restart())) return;
    }
  }

  /** False: stopped meanwhile. */
  async #restart(): Promise<boolean> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await delay(RESTART_MS, undefined, { signal });
        this.#messages = await this.#options.consume();
        if (signal.aborted) await this.#messages.close();
        return !signal.aborted;
      } catch (error) {
        if (!signal.aborted) this.#options.onLost(error);
      }
    }
    return false;
  }
}
