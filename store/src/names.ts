/** What an object may be called, and what a header of it may hold: checked before the library or the server sees it. */
import { SovfnError } from '@sovfn/protocol';

const NAME_BYTES = 1_024;
const CONTROL_CHARACTER = /\p{Cc}/u;
const HEADER_VALUE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;
const METADATA_KEY = /^[a-z0-9-]{1,64}$/;

/** S3's bound on all metadata of one object. Bytes. */
const METADATA_BYTES = 2_048;

/**
 * 1–1,024 bytes of UTF-8, no control characters, and no empty, `.` or `..` segment: what every S3 server takes and none
 * rewrites. Throws `bad-request`.
 */
export function assertObjectName(name: string): void {
  const segments = name.split('/');
  const problem =
    name === '' || Buffer.byteLength(name) > NAME_BYTES
      ? `has ${Buffer.byteLength(name)} bytes; 1–${NAME_BYTES} are allowed`
      : CONTROL_CHARACTER.test(name) || !name.isWellFormed()
        ? 'holds a control character or a lone surrogate'
        : segments.some((segment) => segment === '' || segment === '.' || segment === '..')
          ? 'has an empty, "." or ".." segment'
          : null;
  if (problem === null) return;
  const shown = JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
  throw new SovfnError('bad-request', `the object name ${shown} ${problem}`, { hint: 'Choose another name.' });
}

/** Printable ASCII without spaces at the ends: anything else breaks the signature of the request. */
export function isHeaderValue(value: string): boolean {
  return HEADER_VALUE.test(value);
}

/** Headers of a stored object. Throws `bad-request` for what S3 cannot carry. */
export function objectHeaders(
  contentType: string | undefined,
  metadata: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const headers: Record<string, string> = {};
  if (contentType !== undefined) headers['content-type'] = checkedValue('content-type', contentType);
  let bytes = 0;
  for (const [key, value] of Object.entries(metadata)) {
    if (!METADATA_KEY.test(key)) throw new SovfnError('bad-request', `the metadata name "${key}" is not a–z, 0–9, -`);
    headers[`x-amz-meta-${key}`] = checkedValue(key, value);
    bytes += key.length + value.length;
  }
  if (bytes > METADATA_BYTES) {
    throw new SovfnError('bad-request', `the metadata of an object has ${bytes} bytes; the limit is ${METADATA_BYTES}`);
  }
  return headers;
}

function checkedValue(name: string, value: string): string {
  if (isHeaderValue(value)) return value;
  throw new SovfnError('bad-request', `the value ${JSON.stringify(value)} of ${name} is not printable ASCII`);
}
