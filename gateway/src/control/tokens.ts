/**
 * Who may use the control API. Tokens are known by their SHA-256 only, and compared in constant time. The answer to a
 * wrong token is held back a little longer each time, per address, so that guessing is slow; a right token is never held
 * back, because wrong ones of others may come from the same address.
 */
import { SovfnError } from '@sovfn/protocol';
import { createHash, timingSafeEqual } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

export interface TokenGrant {
  readonly tenant: string;
}

export interface TokensOptions {
  readonly tenant: string;
  /** SHA-256 of each token, lower-case hex. */
  readonly sha256: readonly string[];
  /** Waits; given by tests. */
  readonly wait?: (milliseconds: number) => Promise<unknown>;
}

/** Failures of an address that are answered at once: people mistype. */
const FREE_FAILURES = 5;
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 10_000;
/** Addresses that are remembered; the one that failed longest ago is let go. */
const KNOWN_ADDRESSES = 1_000;
const BEARER = /^Bearer ([\x21-\x7e]{1,512})$/i;

export class Tokens {
  readonly #options: TokensOptions;
  readonly #digests: readonly Buffer[];
  readonly #failures = new Map<string, number>();

  constructor(options: TokensOptions) {
    this.#options = options;
    this.#digests = options.sha256.map((hex) => Buffer.from(hex, 'hex'));
  }

  /** `authorization`: the request's header, or empty. Throws `unauthorized`, sooner or later. */
  async authenticate(authorization: string, address: string): Promise<TokenGrant> {
    const token = BEARER.exec(authorization)?.[1] ?? '';
    if (this.#isKnown(token)) {
      this.#failures.delete(address);
      return { tenant: this.#options.tenant };
    }
    await (this.#options.wait ?? delay)(this.#noteFailure(address));
    throw new SovfnError(
      'unauthorized',
      token === '' ? 'the request has no bearer token' : 'the token is not known here',
      {
        hint: 'Send "authorization: Bearer <token>"; the command line takes the token from SOVFN_TOKEN or from `sovfn up`.',
      },
    );
  }

  /** Looks at every digest, so that the time says nothing about which one is near. */
  #isKnown(token: string): boolean {
    const digest = createHash('sha256').update(token).digest();
    return this.#digests.map((known) => timingSafeEqual(known, digest)).includes(true) && token !== '';
  }

  /** Returns how long to hold the answer back, milliseconds. */
  #noteFailure(address: string): number {
    const failures = (this.#failures.get(address) ?? 0) + 1;
    this.#failures.delete(address);
    this.#failures.set(address, failures);
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > KNOWN_ADDRESSES) this.#failures.delete(oldest!);
    if (failures <= FREE_FAILURES) return 0;
    return Math.min(FIRST_DELAY_MS * 2 ** (failures - FREE_FAILURES - 1), LONGEST_DELAY_MS);
  }
}
