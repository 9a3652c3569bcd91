import { S3Error } from 'minio';
import { isSovfnError, SovfnError } from '@sovfn/protocol';

/** S3 codes with a status below 500 that a later attempt may cure. The library turns 5xx and 429 into plain errors. */
const PASSING_S3_CODES: ReadonlySet<string> = new Set(['RequestTimeout', 'SlowDown', 'OperationAborted']);
const ABSENT_S3_CODES: ReadonlySet<string> = new Set(['NoSuchKey', 'NotFound']);

/**
 * The error of a call on the store: `not-found` (no such object), `store-refused` (the server answered no: credentials,
 * rights, a missing bucket) or `store-unavailable` (no usable answer; the call may be repeated).
 */
export function storeError(action: string, address: string, cause: unknown): SovfnError {
  if (isSovfnError(cause)) return cause;
  const code = s3Code(cause);
  const what = `cannot ${action} (object store ${address}): ${describe(cause)}`;
  if (code === null || PASSING_S3_CODES.has(code)) {
    return new SovfnError('store-unavailable', what, {
      cause,
      hint: 'Check that the object store runs, answers, and has room on its disk.',
    });
  }
  if (ABSENT_S3_CODES.has(code)) return new SovfnError('not-found', what, { cause });
  const hint = "Check the object store's keys, the rights of the user, and its free space.";
  return new SovfnError('store-refused', what, { cause, hint, facts: { s3Code: code } });
}

export function s3Code(error: unknown): string | null {
  return error instanceof S3Error && error.code !== undefined ? error.code : null;
}

function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const code = s3Code(cause) ?? (cause as NodeJS.ErrnoException).code ?? cause.name;
  return cause.message === '' ? code : cause.message;
}
