/**
 * The bus's time. NATS fires ticks by its own clock, so whether one is late is judged by that clock too: a gateway whose clock
 * is wrong, or is set while it runs, decides as the others do.
 *
 * The server is asked at the start and every LOOK_MS; between two answers time goes on by the process's steady clock. A tick
 * that was fired later than this clock says is news of a server whose clock was set forward. Not guaranteed: anything about
 * the time of the bus itself.
 */
import type { NatsConnection } from '@nats-io/transport-node';
import { SovfnError } from '@sovfn/protocol';
import { z } from 'zod';

export interface BusClockOptions {
  readonly connection: NatsConnection;
  /** Any one that exists. */
  readonly stream: string;
  /** This process's clock is that much ahead of the bus, milliseconds: said when it has changed by more than STEP_MS. */
  readonly onStep: (aheadMs: number) => void;
}

const ASK_MS = 5_000;
const LOOK_MS = 60_000;
/** Clocks that are kept in time differ by less. Milliseconds. */
const STEP_MS = 2_000;

const answerSchema = z.object({ ts: z.iso.datetime({ offset: true }) });

export class BusClock {
  readonly #options: BusClockOptions;
  readonly #timer: NodeJS.Timeout;
  /** The bus's time less `performance.now()`. */
  #offsetMs: number;
  #saidAheadMs = 0;

  /** Throws `bus-unavailable`. */
  static async start(options: BusClockOptions): Promise<BusClock> {
    try {
      return new BusClock(options, await askOffset(options));
    } catch (cause) {
      throw new SovfnError('bus-unavailable', 'the bus does not tell the time', { cause });
    }
  }

  private constructor(options: BusClockOptions, offsetMs: number) {
    this.#options = options;
    this.#offsetMs = offsetMs;
    this.#timer = setInterval(() => void this.#look(), LOOK_MS).unref();
    this.#compare();
  }

  /** Milliseconds since 1970. */
  now(): number {
    return this.#offsetMs + performance.now();
  }

  /** The bus says that it was then, at the latest now. */
  observe(timeMs: number): void {
    if (timeMs - this.now() < STEP_MS) return;
    this.#offsetMs = timeMs - performance.now();
    this.#compare();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** While the bus is away the last answer stays. */
  async #look(): Promise<void> {
    try {
      this.#offsetMs = await askOffset(this.#options);
      this.#compare();
    } catch {
      return;
    }
  }

  #compare(): void {
    const aheadMs = Math.round(Date.now() - this.now());
    if (Math.abs(aheadMs - this.#saidAheadMs) < STEP_MS) return;
    this.#saidAheadMs = aheadMs;
    this.#options.onStep(aheadMs);
  }
}

async function askOffset({ connection, stream }: BusClockOptions): Promise<number> {
  const askedAt = performance.now();
  const answer = await connection.request(`$JS.API.STREAM.INFO.${stream}`, '', { timeout: ASK_MS });
  const halfWay = (askedAt + performance.now()) / 2;
  return Date.parse(answerSchema.parse(answer.json()).ts) - halfWay;
}
