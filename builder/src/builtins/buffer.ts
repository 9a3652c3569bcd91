/**
 * `node:buffer`: the package of the same name, which is Node's class on Uint8Array, completed by the encoding
 * `base64url` and the decoding of long texts by TextDecoder. Not here: `transcode`, `resolveObjectURL`.
 */
import type { Buffer as Bytes } from 'node:buffer';
import { Buffer, constants, kMaxLength } from 'buffer/';

const { Blob, File, atob, btoa } = globalThis;

/** From so many bytes on, TextDecoder beats a loop over them. */
const LONG_TEXT = 64;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

const isBase64Url = (encoding: unknown): boolean =>
  typeof encoding === 'string' && encoding.toLowerCase() === 'base64url';

/** The package reads the alphabets of both, as Node does. */
const readable = <T>(encoding: T): T | 'base64' => (isBase64Url(encoding) ? 'base64' : encoding);

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Lets a method of the package take `base64url` wherever an encoding may stand among its arguments after the first. */
function acceptBase64Url(owner: object, name: string): void {
  const methods = owner as Record<string, Method>;
  const method = methods[name]!;
  methods[name] = function (first, ...rest) {
    return Reflect.apply(method, this, [first, ...rest.map(readable)]);
  };
}

function completeEncodings(): void {
  for (const name of ['from', 'alloc', 'byteLength']) acceptBase64Url(Buffer, name);
  for (const name of ['write', 'fill', 'indexOf', 'lastIndexOf', 'includes'])
    acceptBase64Url(Buffer.prototype as object, name);
  const { isEncoding } = Buffer;
  Buffer.isEncoding = ((encoding: unknown) =>
    isBase64Url(encoding) || isEncoding(encoding as string)) as typeof isEncoding;
  const prototype = Buffer.prototype as Bytes;
  const { toString } = prototype;
  prototype.toString = function (this: Bytes, encoding?: BufferEncoding, start = 0, end = this.length): string {
    if (isBase64Url(encoding)) return toBase64Url(Reflect.apply(toString, this, ['base64', start, end]));
    if (isUtf8Name(encoding) && end - start >= LONG_TEXT) return decoder.decode(this.subarray(start, end));
    return Reflect.apply(toString, this, [encoding, start, end]);
  };
}

const toBase64Url = (base64: string): string => base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');

const isUtf8Name = (encoding: string | undefined): boolean =>
  encoding === undefined || encoding === 'utf8' || encoding === 'utf-8';

completeEncodings();

function isUtf8(input: ArrayBuffer | Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(input);
    return true;
  } catch {
    // The decoder's only way to say that the bytes are not UTF-8.
    return false;
  }
}

const isAscii = (input: ArrayBuffer | Uint8Array): boolean => new Uint8Array(input).every((byte) => byte < 0x80);

export { atob, Blob, btoa, Buffer, constants, File, isAscii, isUtf8, kMaxLength };
