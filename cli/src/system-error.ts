/** What the operating system refuses, as an error that says what and what to do. */
import { SovfnError } from '@sovfn/protocol';
import type { Say } from './language.ts';

const DISK_FULL: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT']);
const DENIED: ReadonlySet<string | undefined> = new Set(['EACCES', 'EPERM', 'EROFS']);

/** Null: it is nothing that a user could mend, but a fault of ours. */
export function explainSystemError(error: unknown, say: Say): SovfnError | null {
  if (!(error instanceof Error)) return null;
  const { code, path, dest } = error as NodeJS.ErrnoException & { readonly dest?: string };
  const reason = error.message;
  if (DISK_FULL.has(code)) {
    return new SovfnError('disk-full', say('system.disk-full', { reason }), {
      hint: say('system.disk-full.hint'),
      cause: error,
    });
  }
  const file = dest ?? path;
  if (!DENIED.has(code) || file === undefined) return null;
  return new SovfnError('usage', say('system.denied', { file, reason }), {
    hint: say('system.denied.hint'),
    cause: error,
  });
}
