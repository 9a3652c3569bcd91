import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';

/**
 * Scripts up to this length are compiled whole. V8 leaves a function for when it is first called, and a code cache without
 * it has each cold start compile it again: with Hono and Zod (82 KB) half of the time of load and first call (measured). It
 * takes memory of each isolate: 0.13 MiB of those, 0.75 of pdf-lib (690 KB), which it hardly makes faster. Characters.
 */
export const EAGER_LENGTH = 256 * 1024;

/** The code cache of a script with all of its functions. The text is not run. Throws when it is no script. */
export function compileEagerly(source: string): Buffer {
  const script = withoutLaziness(() => new Script(source));
  // V8 refuses a cache that was made under other flags than the reader's: they are as before again.
  return script.createCachedData();
}

function withoutLaziness<T>(compile: () => T): T {
  setFlagsFromString('--no-lazy');
  try {
    return compile();
  } finally {
    setFlagsFromString('--lazy');
  }
}
