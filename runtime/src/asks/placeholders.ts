/** How placeholders of secrets look, and what stands behind one. */
import { PLACEHOLDER_LENGTH, PLACEHOLDER_PREFIX as PREFIX } from '../bridge/asks.ts';

export const PLACEHOLDER_RANDOM_BYTES = (PLACEHOLDER_LENGTH - PREFIX.length) / 2;
/** Letters, digits and hyphens only, so that it is the same in a header, a URL and JSON. */
const PLACEHOLDER = new RegExp(`${PREFIX}[0-9a-f]{${PLACEHOLDER_RANDOM_BYTES * 2}}`, 'g');

/** A secret whose placeholder was found. */
export interface PlacedSecret {
  readonly name: string;
  /** Null: it is no longer set. */
  readonly value: string | null;
  readonly origins: readonly string[];
  readonly isInUrl: boolean;
  /** The value may go there. */
  readonly isFor: (url: URL) => boolean;
}

export interface SecretFinder {
  /** Null: the placeholder is of no secret of this version in this cell. */
  find(placeholder: string): PlacedSecret | null;
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
