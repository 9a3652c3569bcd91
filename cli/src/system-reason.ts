/** Why the operating system refuses a file, in words. */
import type { Say } from './language.ts';

const WORDS = {
  ENOENT: 'system.absent',
  EISDIR: 'system.is-folder',
  ENOTDIR: 'system.no-folder',
  EACCES: 'system.denied',
  EPERM: 'system.denied',
  EROFS: 'system.read-only',
} as const;

const isWorded = (code: string | undefined): code is keyof typeof WORDS =>
  code !== undefined && Object.hasOwn(WORDS, code);

/** For what has no words of its own: those of the system, without the path, which the message says already. */
export function systemReason(error: unknown, say: Say): string {
  if (!(error instanceof Error)) return String(error);
  const { code, message } = error as NodeJS.ErrnoException;
  return isWorded(code) ? say(WORDS[code]) : message.split(', ')[0]!;
}

/** The refusal is of a file that somebody can name, allow or make, and no fault of ours. */
export const isFileRefused = ({ code, syscall }: NodeJS.ErrnoException): boolean =>
  isWorded(code) && syscall?.startsWith('spawn') !== true;
