/** Conversions that the bindings have in common. */
import type { Bytes } from '../core/bytes.guest.ts';
import { bufferSourceBytes } from '../core/webidl.guest.ts';
import { encodeUtf8 } from '../encoding/utf8.guest.ts';
import { Upload } from '../fetch/upload.guest.ts';

/** A string as UTF-8, or a copy of bytes. Throws TypeError for anything else: what an object should become is the caller's to say. */
export function bytesOf(value: unknown, what: string): Bytes {
  if (typeof value === 'string') return encodeUtf8(value);
  const bytes = bufferSourceBytes(value);
  if (bytes === null) throw new TypeError(`${what} must be a string, an ArrayBuffer or a view of one`);
  return bytes.slice();
}

/** Null for undefined and null. */
export function optionalNumber(value: unknown, what: string): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'number' || !Number.isInteger(value)) throw new TypeError(`${what} must be a whole number`);
  return value;
}

export async function wholeBody(body: Bytes | Upload | null): Promise<Bytes> {
  if (body instanceof Upload) return body.readAll();
  return body ?? new Uint8Array(0);
}
