/**
 * The secrets of a version as one cell has them: the value of those that its code shall read, of the others a placeholder.
 *
 * Guarantees: a value that is not exposed leaves this object only to the broker, which sends it, and to whoever makes an HMAC
 * with it; a placeholder is random, made for one version in one cell, and means nothing to any other.
 */
import { randomBytes } from 'node:crypto';
import { EgressRules, type SecretUse } from '@sovfn/protocol';
import { PLACEHOLDER_RANDOM_BYTES, type PlacedSecret, type SecretFinder } from '../../asks/placeholders.ts';
import { PLACEHOLDER_PREFIX } from '../../bridge/asks.ts';
import type { BrokerSecret } from '../../channel/broker-control.ts';
import type { HeldSecrets } from './secret-reader.ts';

/** As the supervisor knows it. */
interface OwnSecret extends PlacedSecret {
  readonly isForSigning: boolean;
}

interface Place {
  readonly use: SecretUse;
  readonly placeholder: string;
  readonly approved: EgressRules;
}

export class PlacedSecrets implements SecretFinder {
  readonly #places: readonly Place[];
  #held: HeldSecrets;

  constructor(uses: readonly SecretUse[], held: HeldSecrets) {
    this.#places = uses.map((use) => ({
      use,
      placeholder: `${PLACEHOLDER_PREFIX}${randomBytes(PLACEHOLDER_RANDOM_BYTES).toString('hex')}`,
      approved: new EgressRules([...use.origins]),
    }));
    this.#held = held;
  }

  /** Last version of each that was read. */
  get versions(): HeldSecrets['versions'] {
    return this.#held.versions;
  }

  /** What the code finds in `env`: those that are set. */
  get environment(): Readonly<Record<string, string>> {
    const { values } = this.#held;
    const set = this.#places.filter(({ use }) => values[use.name] !== undefined);
    return Object.fromEntries(
      set.map(({ use, placeholder }) => [use.name, use.isExposed ? values[use.name]! : placeholder]),
    );
  }

  /** From now on these are sent. True: the code has to get another environment. */
  renew(held: HeldSecrets): boolean {
    const before = JSON.stringify(this.environment);
    this.#held = held;
    return JSON.stringify(this.environment) !== before;
  }

  /**
   * What the broker has to know: whose placeholder each is, so that it can refuse it, and the values of those that may go to
   * some host.
   */
  get forBroker(): BrokerSecret[] {
    const hidden = this.#places.filter(({ use }) => !use.isExposed);
    return hidden.map(({ use: { name, origins, isInUrl }, placeholder }) => {
      const value = origins.length === 0 ? null : (this.#held.values[name] ?? null);
      return { name, placeholder, origins: [...origins], isInUrl, value };
    });
  }

  find(placeholder: string): OwnSecret | null {
    const place = this.#places.find((each) => each.placeholder === placeholder && !each.use.isExposed);
    if (place === undefined) return null;
    const { name, origins, isInUrl, isForSigning } = place.use;
    const value = this.#held.values[name] ?? null;
    return { name, value, origins, isInUrl, isForSigning, isFor: (url) => place.approved.find(url) !== null };
  }
}
