/** What goes on beside the calls and webhooks of a storm: a queue, a schedule for each second, and events that expire. */
import { setTimeout as delay } from 'node:timers/promises';
import type { TestPlatform } from '@sovfn/testkit';
import { Ledger } from './ledger.ts';
import { LATE_FUNCTION, QUEUE_FUNCTION, SCHEDULE, TICK_FUNCTION } from './storm-functions.ts';

const PAUSE_MS = 200;
const ANSWER_MS = 15_000;
const SECOND_MS = 1_000;

export class SideStorms implements AsyncDisposable {
  readonly late: Ledger;
  readonly queue: Ledger;
  readonly ticks: Ledger;
  readonly #platform: TestPlatform;
  readonly #seed: number;
  readonly #from = Math.ceil(Date.now() / SECOND_MS) * SECOND_MS;
  #to = 0;
  #sent = 0;

  static async open(platform: TestPlatform, seed: number): Promise<SideStorms> {
    const names = [LATE_FUNCTION, QUEUE_FUNCTION, TICK_FUNCTION];
    const ledgers = await Promise.all(names.map((name) => Ledger.open(platform, name)));
    return new SideStorms(platform, seed, ledgers as [Ledger, Ledger, Ledger]);
  }

  private constructor(platform: TestPlatform, seed: number, [late, queue, ticks]: [Ledger, Ledger, Ledger]) {
    this.#platform = platform;
    this.#seed = seed;
    this.late = late;
    this.queue = queue;
    this.ticks = ticks;
  }

  /** Sends `count` messages, and as many events that wait while their function is paused, until each was accepted. */
  async send(count: number): Promise<void> {
    await this.#untilOk(() =>
      this.#platform.control(`/v1/functions/${LATE_FUNCTION}/events/pause`, { method: 'POST' }),
    );
    for (let n = 0; n < count; n++) {
      const body = String(n);
      await this.#untilOk(() => this.#platform.call(`/fn/${QUEUE_FUNCTION}/`, { method: 'POST', body }));
      this.#sent++;
      const headers = { prefer: 'respond-async', 'idempotency-key': `late-${this.#seed}-${n}` };
      const accepted = await this.#untilOk(() =>
        this.#platform.call(`/fn/${LATE_FUNCTION}/`, { method: 'POST', body, headers }),
      );
      this.late.note(accepted.headers.get('sovfn-event')!, { state: 'expired', output: null });
    }
  }

  /** From now on everything can end. What waited for longer than it may does not begin any more. */
  async finish(): Promise<void> {
    await delay(2 * SECOND_MS);
    await this.#untilOk(() =>
      this.#platform.control(`/v1/functions/${LATE_FUNCTION}/events/resume`, { method: 'POST' }),
    );
    this.#to = Math.floor(Date.now() / SECOND_MS) * SECOND_MS;
  }

  /** Messages that were sent and have no marker, and seconds of the storm about which not exactly one decision was made. */
  async note(): Promise<{ readonly lost: string[]; readonly doubled: string[]; readonly pending: string[] }> {
    const marked = await this.queue.noteMessages({ state: 'succeeded', output: null });
    const lost = marked < this.#sent ? [`${this.#sent - marked} messages`] : [];
    const ticks = await this.ticks.noteTicks(SCHEDULE, { from: this.#from, to: this.#to });
    const counts = new Map<number, number>();
    for (const at of ticks) counts.set(at, (counts.get(at) ?? 0) + 1);
    const isBehind = Math.max(...ticks) < this.#to;
    const seconds = Array.from(
      { length: (this.#to - this.#from) / SECOND_MS + 1 },
      (_, n) => this.#from + n * SECOND_MS,
    );
    const named = (wanted: (count: number) => boolean): string[] =>
      seconds.filter((at) => wanted(counts.get(at) ?? 0)).map((at) => `tick ${new Date(at).toISOString()}`);
    return {
      lost: isBehind ? lost : [...lost, ...named((count) => count === 0)],
      doubled: named((count) => count > 1),
      pending: isBehind ? ['ticks that are not decided yet'] : [],
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const ledger of [this.late, this.queue, this.ticks]) await ledger[Symbol.asyncDispose]();
  }

  async #untilOk(ask: () => Promise<Response>): Promise<Response> {
    for (;;) {
      try {
        const response = await Promise.race([ask(), delay(ANSWER_MS).then(() => null)]);
        await response?.arrayBuffer();
        if (response?.ok === true) return response;
      } catch {
        // The connection broke, or nobody listens.
      }
      await delay(PAUSE_MS);
    }
  }
}
