/**
 * The secrets of a version as one cell has them: the value of those that its code shall read, of the others a placeholder.
 *
 * Guarantees: a value that is not exposed leaves this object only to whoever sends a request or makes an HMAC with it; a placeholder is
 * random, made for one version in one cell, and means nothing to any other.
 */
import { randomBytes } from 'node:crypto';
import { EgressRules, type SecretUse } from '@sovfn/protocol';
import { PLACEHOLDER_LENGTH, PLACEHOLDER_PREFIX as PREFIX } from '../../bridge/asks.ts';
import type { HeldSecrets } from './secret-reader.ts';

const RANDOM_BYTES = (PLACEHOLDER_LENGTH - PREFIX.length) / 2;
/** Letters, digits and hyphens only, so that it is the same in a header, a URL and JSON. */
const PLACEHOLDER = new RegExp(`${PREFIX}[0-9a-f]{${RANDOM_BYTES * 2}}`, 'g');

/** A secret whose placeholder was found. */
export interface PlacedSecret {
  readonly name: string;
  /** Null: it is no longer set. */
  readonly value: string | null;
  readonly origins: readonly string[];
  readonly isInUrl: boolean;
  readonly isForSigning: boolean;
  /** The value may go there. */
  readonly isFor: (url: URL) => boolean;
}

interface Place {
  readonly use: SecretUse;
  readonly placeholder: string;
  readonly approved: EgressRules;
}

export function hasPlaceholder(text: string): boolean {
  return text.includes(PREFIX) && text.search(PLACEHOLDER) !== -1;
}

export function replacePlaceholders(text: string, replacementOf: (placeholder: string) => string): string {
  return text.replaceAll(PLACEHOLDER, replacementOf);
}

export function placeholdersIn(text: string): readonly string[] {
  return text.match(PLACEHOLDER) ?? [];
}

export class PlacedSecrets {
  readonly #places: readonly Place[];
  #held: HeldSecrets;

  constructor(uses: readonly SecretUse[], held: HeldSecrets) {
    this.#places = uses.map((use) => ({
      use,
      placeholder: `${PREFIX}${randomBytes(RANDOM_BYTES).toString('hex')}`,
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

  /** Null: it is none of this version in this cell. */
  find(placeholder: string): PlacedSecret | null {
    const place = this.#places.find((each) => each.placeholder === placeholder && !each.use.isExposed);
    if (place === undefined) return null;
    const { name, origins, isInUrl, isForSigning } = place.use;
    const value = this.#held.values[name] ?? null;
    return { name, value, origins, isInUrl, isForSigning, isFor: (url) => place.approved.find(url) !== null };
  }
}
