/**
 * How many events of one function may wait: a function that is flooded, or that does not keep up, is refused further
 * events before they hurt others. How exact that is, WaitingCounts says.
 */
import { type Counted, WaitingCounts } from '@sovfn/bus';
import { type FunctionAddress, SovfnError } from '@sovfn/protocol';

export interface AcceptQuotaOptions {
  /** Events of one function that may wait. */
  readonly most: number;
  readonly count: (of: FunctionAddress) => Promise<number>;
  /** The count failed: the last one stays. */
  readonly onFailed: (error: unknown) => void;
  readonly now?: () => number;
}

const RETRY_AFTER_S = 5;

export class AcceptQuota {
  readonly #most: number;
  readonly #counts: WaitingCounts<Counted>;

  constructor({ most, count, ...options }: AcceptQuotaOptions) {
    this.#most = most;
    this.#counts = new WaitingCounts({ ...options, count: async (of) => ({ waiting: await count(of) }) });
  }

  /** Throws `too-many-events`. */
  assertRoom(of: FunctionAddress): void {
    const { waiting } = this.#counts.look(of);
    const most = this.#most;
    if (waiting < most) return;
    throw new SovfnError('too-many-events', `${waiting} events of "${of.function}" wait; ${most} may`, {
      hint: `Send the event again in ${RETRY_AFTER_S} s or later, or let the function take more: see docs/events.md.`,
      facts: { limit: 'pendingEvents', limitValue: most, measured: waiting, retryAfterS: RETRY_AFTER_S },
    });
  }

  noteAccepted(of: FunctionAddress): void {
    this.#counts.noteStored(of, 1);
  }
}
