/** What the operating system refuses, as an error that says what and what to do. */
import type { SovfnError } from '@sovfn/protocol';
import type { Say } from './language.ts';
import { isFileRefused, systemReason } from './system-reason.ts';
import { TranslatedError } from './translated-error.ts';

const DISK_FULL: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT']);

/** Null: it is nothing that a user could mend, but a fault of ours. */
export function explainSystemError(error: unknown, say: Say): SovfnError | null {
  if (!(error instanceof Error)) return null;
  const { code, path, dest } = error as NodeJS.ErrnoException & { readonly dest?: string };
  const file = dest ?? path;
  if (DISK_FULL.has(code)) {
    return new TranslatedError('disk-full', say('system.disk-full', { reason: file ?? error.message }), {
      hint: say('system.disk-full.hint'),
      cause: error,
    });
  }
  if (!isFileRefused(error) || file === undefined) return null;
  return new TranslatedError('usage', say('system.unusable', { file, reason: systemReason(error, say) }), {
    hint: say('system.unusable.hint'),
    cause: error,
  });
}
