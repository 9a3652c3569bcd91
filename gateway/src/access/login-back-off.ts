/** How long answers to failed logins of an address are held back, so that guessing is slow. */
import { setTimeout as delay } from 'node:timers/promises';

/** Failures of an address that are answered at once: people mistype. */
const FREE_FAILURES = 5;
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 10_000;
/** Addresses that are remembered; the one that failed longest ago is let go. */
const KNOWN_ADDRESSES = 1_000;

export class LoginBackOff {
  readonly #wait: (milliseconds: number) => Promise<unknown>;
  readonly #failures = new Map<string, number>();

  /** `wait`: given by tests. */
  constructor(wait: (milliseconds: number) => Promise<unknown> = delay) {
    this.#wait = wait;
  }

  forget(address: string): void {
    this.#failures.delete(address);
  }

  /** Resolves when the failure may be answered. */
  async holdBack(address: string): Promise<void> {
    const failures = (this.#failures.get(address) ?? 0) + 1;
    this.#failures.delete(address);
    this.#failures.set(address, failures);
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > KNOWN_ADDRESSES) this.#failures.delete(oldest!);
    const isFree = failures <= FREE_FAILURES;
    await this.#wait(isFree ? 0 : Math.min(FIRST_DELAY_MS * 2 ** (failures - FREE_FAILURES - 1), LONGEST_DELAY_MS));
  }
}
