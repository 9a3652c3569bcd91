import type { Message, MessageBatch, Queue } from 'sovfn';

interface Sent {
  readonly id: string;
  readonly body: unknown;
  attempts: number;
}

/** In place of a `queue` binding where an example runs in plain Node: what is sent waits until `deliver` is called. */
export class MemoryQueue implements Queue {
  /** Delays that the handler asked for, in order. */
  readonly delays: (number | undefined)[] = [];
  readonly #name: string;
  #waiting: Sent[] = [];
  #sent = 0;

  constructor(name: string) {
    this.#name = name;
  }

  get size(): number {
    return this.#waiting.length;
  }

  send(message: unknown): Promise<void> {
    this.#waiting.push({ id: String(++this.#sent), body: JSON.parse(JSON.stringify(message)) as unknown, attempts: 0 });
    return Promise.resolve();
  }

  async sendBatch(messages: Iterable<{ body: unknown }>): Promise<void> {
    for (const { body } of messages) await this.send(body);
  }

  /** One batch of all that waits; what the handler wants again waits once more. */
  async deliver<Body>(handle: (batch: MessageBatch<Body>) => void | Promise<void>): Promise<void> {
    const sent = this.#waiting.splice(0);
    if (sent.length === 0) return;
    const again = new Set<Sent>();
    const messages = sent.map((one): Message<Body> => {
      one.attempts++;
      return {
        id: one.id,
        timestamp: new Date(),
        body: one.body as Body,
        attempts: one.attempts,
        ack: () => undefined,
        retry: ({ delaySeconds } = {}) => {
          this.delays.push(delaySeconds);
          again.add(one);
        },
      };
    });
    await handle({ queue: this.#name, messages, ackAll: () => undefined, retryAll: () => undefined });
    this.#waiting.push(...again);
  }
}
