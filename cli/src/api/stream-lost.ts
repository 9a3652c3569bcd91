import { SovfnError } from '@sovfn/protocol/errors';
import type { Say } from '../language.ts';
import { TranslatedError } from '../translated-error.ts';

/** The error of a body that could not be read to its end: the reason of the interruption, or that the connection ended. */
export function streamLost(cause: unknown, { say, signal }: { say: Say; signal: AbortSignal }): unknown {
  if (signal.aborted) return signal.reason;
  if (cause instanceof SovfnError) return cause;
  return new TranslatedError('stream-lost', say('api.cut-off'), { hint: say('api.cut-off.hint'), cause });
}
