import { SovfnError } from '@sovfn/protocol';

/** Part of the room that the bodies for one function may have: a flood of one leaves room for the others. */
const SHARE = 1 / 2;
const RETRY_AFTER_S = 1;

/**
 * Bytes of requests that may be in memory at a time, because they must be there whole before anything is known: whose
 * webhook it is, or whether the event is accepted.
 */
export class BodyRoom {
  readonly #limit: number;
  readonly #byOwner = new Map<string, number>();
  #used = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** `owner`: key of a function. Throws `load-shed` when there is no more room; then nothing was taken. */
  take(owner: string, bytes: number): void {
    const own = this.#byOwner.get(owner) ?? 0;
    if (own + bytes > this.#limit * SHARE) throw noRoom(`for ${owner}`, own, this.#limit * SHARE);
    if (this.#used + bytes > this.#limit) throw noRoom('in all', this.#used, this.#limit);
    this.#used += bytes;
    this.#byOwner.set(owner, own + bytes);
  }

  free(owner: string, bytes: number): void {
    const own = (this.#byOwner.get(owner) ?? 0) - bytes;
    this.#used -= bytes;
    if (own > 0) this.#byOwner.set(owner, own);
    else this.#byOwner.delete(owner);
  }
}

function noRoom(whose: string, measured: number, limitValue: number): SovfnError {
  return new SovfnError(
    'load-shed',
    `${measured} bytes of requests that become events are being read already ${whose}`,
    {
      hint: 'Send the request again in a moment.',
      facts: { limitValue, measured, retryAfterS: RETRY_AFTER_S },
    },
  );
}
