/** Errors of the guest as isolated-vm hands them over. */
import type { GuestError } from './failures.ts';

/** A line of a stack that names this process's files, or where its frames begin. */
const HOST_FRAME = /\n +at (?:[^\n]*\()?(?:file:|node:|\/|<isolated-vm)/;

/** isolated-vm makes an Error of this realm of a guest's error, and copies other values. */
export function describeOrphan(error: unknown): GuestError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: '' };
  return { name: error.name, message: error.message, stack: guestStack(error) };
}

/** isolated-vm adds the stack of this process to the guest's, and a function must not learn of its files. */
export function guestStack({ stack = '' }: Error): string {
  const end = stack.search(HOST_FRAME);
  return end === -1 ? stack : stack.slice(0, end);
}
