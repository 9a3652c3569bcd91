/**
 * Room that the bus keeps for events to run and end: records and outputs take some, and the space of an event is free only
 * when it has ended. So acceptance stops before the servers are full; a bus without any room would keep what it has accepted
 * for ever.
 *
 * The servers' monitoring ports tell how full they are. They are asked in the background at most once in LOOK_MS, and what
 * this gateway has accepted since is added. Not guaranteed: with several gateways, or a disk that others fill. A server that
 * cannot be asked stops nothing: the last answer stays.
 */
import { SovfnError } from '@sovfn/protocol';
import { z } from 'zod';

export interface BusRoomOptions {
  /** Addresses of the servers' monitoring ports; without any there is always room. */
  readonly monitors: readonly string[];
  /** No server answers any more: said once until one does. */
  readonly onFailed: (error: unknown) => void;
}

/** Of what a server may store. */
const KEPT_FREE = 0.1;
const LOOK_MS = 1_000;
const ASK_MS = 5_000;

const storageSchema = z.object({ storage: z.number(), config: z.object({ max_storage: z.number() }) });

export class BusRoom {
  readonly #options: BusRoomOptions;
  #freeBytes = Infinity;
  #acceptedSince = 0;
  /** On the clock of `performance.now()`; an answer is awaited until then. */
  #nextLookAt = 0;
  #isBlind = false;

  constructor(options: BusRoomOptions) {
    this.#options = options;
  }

  /** Throws `events-full`. `bytes`: of the event. */
  assertRoom(bytes: number): void {
    this.#look();
    if (this.#acceptedSince + bytes <= this.#freeBytes) return;
    throw new SovfnError(
      'events-full',
      `the bus is ${100 - KEPT_FREE * 100} % full; the rest is kept for events to run`,
      {
        hint: 'Send the event again when others have run, or let the operator raise max_file of the NATS servers.',
        facts: { freeBytes: Math.max(0, this.#freeBytes - this.#acceptedSince), bytes },
      },
    );
  }

  noteAccepted(bytes: number): void {
    this.#acceptedSince += bytes;
  }

  #look(): void {
    if (performance.now() < this.#nextLookAt || this.#options.monitors.length === 0) return;
    this.#nextLookAt = Infinity;
    const acceptedBefore = this.#acceptedSince;
    void this.#ask()
      .then((freeBytes) => {
        this.#freeBytes = freeBytes;
        this.#acceptedSince -= acceptedBefore;
        this.#isBlind = false;
      })
      .catch((error: unknown) => {
        if (!this.#isBlind) this.#options.onFailed(error);
        this.#isBlind = true;
      })
      .finally(() => (this.#nextLookAt = performance.now() + LOOK_MS));
  }

  /** Of the fullest server that answers. */
  async #ask(): Promise<number> {
    const asked = await Promise.allSettled(this.#options.monitors.map(freeBytesOf));
    const answers = asked.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
    const [first] = asked;
    if (answers.length === 0 && first?.status === 'rejected') throw first.reason;
    return Math.min(...answers);
  }
}

async function freeBytesOf(monitor: string): Promise<number> {
  const response = await fetch(new URL('/jsz', monitor), { signal: AbortSignal.timeout(ASK_MS) });
  const { storage, config } = storageSchema.parse(await response.json());
  return config.max_storage * (1 - KEPT_FREE) - storage;
}
