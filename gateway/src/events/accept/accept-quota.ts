/**
 * How many events of one function may wait: a function that is flooded, or that does not keep up, is refused further
 * events before they hurt others. The count is looked at in the background at most once in LOOK_MS, and what this gateway
 * has accepted since is added: so the limit is passed by what several gateways accept within that time, and by no more.
 */
import { type FunctionAddress, SovfnError } from '@sovfn/protocol';

export interface AcceptQuotaOptions {
  /** Events of one function that may wait. */
  readonly most: number;
  readonly count: (of: FunctionAddress) => Promise<number>;
  /** The count failed: the last one stays. */
  readonly onFailed: (error: unknown) => void;
  readonly now?: () => number;
}

interface Pending {
  counted: number;
  acceptedSince: number;
  /** On the clock of `now`; the count is under way until then. */
  nextLookAt: number;
}

const LOOK_MS = 1_000;
const RETRY_AFTER_S = 5;

export class AcceptQuota {
  readonly #options: AcceptQuotaOptions;
  readonly #now: () => number;
  readonly #pending = new Map<string, Pending>();

  constructor(options: AcceptQuotaOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Throws `too-many-events`. */
  assertRoom(of: FunctionAddress): void {
    const pending = this.#look(of);
    const waiting = pending.counted + pending.acceptedSince;
    if (waiting < this.#options.most) return;
    throw new SovfnError('too-many-events', `${waiting} events of "${of.function}" wait; ${this.#options.most} may`, {
      hint: `Send the event again in ${RETRY_AFTER_S} s or later, or let the function take more: see docs/events.md.`,
      facts: { limit: 'pendingEvents', limitValue: this.#options.most, measured: waiting, retryAfterS: RETRY_AFTER_S },
    });
  }

  noteAccepted(of: FunctionAddress): void {
    this.#entry(of).acceptedSince++;
  }

  /** What is known now; starts a new count when it is old. */
  #look(of: FunctionAddress): Pending {
    const pending = this.#entry(of);
    if (this.#now() < pending.nextLookAt) return pending;
    pending.nextLookAt = Number.POSITIVE_INFINITY;
    const acceptedBefore = pending.acceptedSince;
    this.#options.count(of).then(
      (counted) => this.#onCounted(of, pending, { counted, acceptedBefore }),
      (error: unknown) => {
        pending.nextLookAt = this.#now() + LOOK_MS;
        this.#options.onFailed(error);
      },
    );
    return pending;
  }

  /** A function without events is forgotten, so that the map holds the active ones only. */
  #onCounted(of: FunctionAddress, pending: Pending, found: { counted: number; acceptedBefore: number }): void {
    pending.counted = found.counted;
    pending.acceptedSince -= found.acceptedBefore;
    pending.nextLookAt = this.#now() + LOOK_MS;
    if (pending.counted + pending.acceptedSince === 0) this.#pending.delete(keyOf(of));
  }

  #entry(of: FunctionAddress): Pending {
    const key = keyOf(of);
    let pending = this.#pending.get(key);
    if (pending === undefined) {
      pending = { counted: 0, acceptedSince: 0, nextLookAt: 0 };
      this.#pending.set(key, pending);
    }
    return pending;
  }
}

function keyOf({ zone, tenant, function: name }: FunctionAddress): string {
  return `${zone}.${tenant}.${name}`;
}
