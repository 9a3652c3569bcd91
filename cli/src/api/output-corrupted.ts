import type { SovfnError } from '@sovfn/protocol';
import type { Say } from '../language.ts';
import { TranslatedError } from '../translated-error.ts';

/** An output was read whole, and its SHA-256 is another one than was noted when it was kept. */
export function outputCorrupted(
  { sha256: expected }: { readonly sha256: string },
  found: string,
  say: Say,
): SovfnError {
  return new TranslatedError('output-corrupted', say('outputs.corrupted', { found, expected }), {
    hint: say('outputs.corrupted.hint'),
    facts: { expected, found },
  });
}
