/** UTF-8 as the Encoding Standard has it. The isolate has no native coder: what is short is coded here, what is long is decoded by the host. */
import { DECODED_BYTES } from '../../bridge/contract.ts';
import { type Bytes, exactBuffer } from '../core/bytes.guest.ts';
import { host } from '../core/host.guest.ts';
import { fromCharCode, reflectApply, uncurryThis } from '../core/primordials.guest.ts';

const charCodeAt = uncurryThis(String.prototype.charCodeAt);
const subarray = uncurryThis(Uint8Array.prototype.subarray) as (
  bytes: Uint8Array,
  from: number,
  to: number,
) => Uint8Array;

const REPLACEMENT = 0xfffd;
/** Code units turned into a string at a time: small enough for the arguments of one call. */
const UNITS = 4_096;
/** From here on the way to the host and back takes less time than decoding here. */
const LONG_BYTES = 2_048;

/** Lone surrogates become U+FFFD. */
export function encodeUtf8(text: string): Bytes {
  const { length } = text;
  const ascii = new Uint8Array(length);
  let read = 0;
  for (; read < length; read++) {
    const unit = charCodeAt(text, read);
    if (unit >= 0x80) break;
    ascii[read] = unit;
  }
  if (read === length) return ascii;
  const bytes = new Uint8Array(read + utf8Length(text, read));
  bytes.set(ascii.subarray(0, read));
  encodeInto(text, read, bytes, read);
  return bytes;
}

export interface EncodedInto {
  /** Code units of the text that were used up. */
  readonly read: number;
  readonly written: number;
}

/** Writes as many whole characters of `text` from `read` on as fit into `bytes` from `written` on. */
export function encodeInto(text: string, read: number, bytes: Bytes, written: number): EncodedInto {
  const { length } = text;
  const room = bytes.length;
  while (read < length) {
    const unit = charCodeAt(text, read);
    if (unit < 0x80) {
      if (written >= room) break;
      bytes[written++] = unit;
      read++;
      continue;
    }
    const point = codePointAt(text, read, unit);
    const size = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    if (written + size > room) break;
    putCodePoint(bytes, written, point, size);
    written += size;
    read += size === 4 ? 2 : 1;
  }
  return { read, written };
}

/** Decodes whole input. Throws TypeError on malformed input when `isFatal`; else it becomes U+FFFD. Keeps a BOM. */
export function decodeUtf8(bytes: Uint8Array, isFatal = false): string {
  const { length } = bytes;
  if (length >= LONG_BYTES && !isFatal) return decodeByHost(bytes);
  let end = 0;
  while (end < length && bytes[end]! < 0x80) end++;
  const text = asciiText(bytes, end);
  return end === length ? text : text + decodeFrom(bytes, end, isFatal);
}

/** A piece ends before a character that it would cut. */
function decodeByHost(bytes: Uint8Array): string {
  const { length } = bytes;
  let text = '';
  for (let at = 0; at < length;) {
    let to = at + DECODED_BYTES < length ? at + DECODED_BYTES : length;
    if (to < length) to -= unfinishedLength(subarray(bytes, at, to));
    text += host.decodeUtf8(exactBuffer(subarray(bytes, at, to)));
    at = to;
  }
  return text;
}

/** UTF-8 decode of the standard: lossy, and a BOM at the start is dropped. */
export function decodeUtf8WithoutBom(bytes: Uint8Array): string {
  return decodeUtf8(hasBom(bytes) ? bytes.subarray(3) : bytes);
}

export function hasBom(bytes: Uint8Array): boolean {
  return bytes.length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

/** How many bytes at the end begin a character whose rest may still come: 0 to 3. */
export function unfinishedLength(bytes: Uint8Array): number {
  const { length } = bytes;
  for (let back = 1; back <= 3 && back <= length; back++) {
    const byte = bytes[length - back]!;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    if (sequenceLength(byte) <= back) return 0;
    return back === 1 || isSecondByte(byte, bytes[length - back + 1]!) ? back : 0;
  }
  return 0;
}

function utf8Length(text: string, from: number): number {
  let size = 0;
  for (let i = from; i < text.length; i++) {
    const unit = charCodeAt(text, i);
    if (unit < 0x80) size += 1;
    else if (unit < 0x800) size += 2;
    else if (codePointAt(text, i, unit) < 0x10000) size += 3;
    else {
      size += 4;
      i++;
    }
  }
  return size;
}

function codePointAt(text: string, at: number, unit: number): number {
  if (unit < 0xd800 || unit > 0xdfff) return unit;
  if (unit > 0xdbff || at + 1 >= text.length) return REPLACEMENT;
  const low = charCodeAt(text, at + 1);
  if (low < 0xdc00 || low > 0xdfff) return REPLACEMENT;
  return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

function putCodePoint(bytes: Bytes, at: number, point: number, size: number): void {
  if (size === 2) {
    bytes[at] = 0xc0 | (point >> 6);
  } else if (size === 3) {
    bytes[at] = 0xe0 | (point >> 12);
    bytes[at + 1] = 0x80 | ((point >> 6) & 0x3f);
  } else {
    bytes[at] = 0xf0 | (point >> 18);
    bytes[at + 1] = 0x80 | ((point >> 12) & 0x3f);
    bytes[at + 2] = 0x80 | ((point >> 6) & 0x3f);
  }
  bytes[at + size - 1] = 0x80 | (point & 0x3f);
}

function asciiText(bytes: Uint8Array, end: number): string {
  let text = '';
  for (let start = 0; start < end; start += UNITS) {
    const to = start + UNITS < end ? start + UNITS : end;
    text += reflectApply(fromCharCode, undefined, subarray(bytes, start, to) as never);
  }
  return text;
}

function decodeFrom(bytes: Uint8Array, start: number, isFatal: boolean): string {
  const { length } = bytes;
  const units = new Uint16Array(Math.min(length - start, UNITS) + 1);
  let text = '';
  let count = 0;
  for (let at = start; at < length;) {
    const byte = bytes[at]!;
    let point = byte;
    let used = 1;
    if (byte >= 0x80) {
      used = validLength(bytes, at);
      point = used < 0 ? REPLACEMENT : codePointOf(bytes, at, used);
      if (used < 0 && isFatal) throw new TypeError('The encoded data was not valid utf-8');
      if (used < 0) used = -used;
    }
    at += used;
    if (point > 0xffff) {
      units[count++] = 0xd7c0 + (point >> 10);
      units[count++] = 0xdc00 | (point & 0x3ff);
    } else {
      units[count++] = point;
    }
    if (count >= UNITS || at >= length) {
      text += reflectApply(fromCharCode, undefined, units.subarray(0, count) as never);
      count = 0;
    }
  }
  return text;
}

/** The length of the character at `at`; or, negative, how many bytes are replaced by one U+FFFD. */
function validLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]!;
  const needed = sequenceLength(lead);
  if (needed === 1 || at + 1 >= bytes.length || !isSecondByte(lead, bytes[at + 1]!)) return -1;
  for (let i = 2; i < needed; i++) {
    if (at + i >= bytes.length || (bytes[at + i]! & 0xc0) !== 0x80) return -i;
  }
  return needed;
}

function codePointOf(bytes: Uint8Array, at: number, length: number): number {
  const lead = bytes[at]!;
  const second = bytes[at + 1]! & 0x3f;
  if (length === 2) return ((lead & 0x1f) << 6) | second;
  const third = bytes[at + 2]! & 0x3f;
  if (length === 3) return ((lead & 0x0f) << 12) | (second << 6) | third;
  return ((lead & 0x07) << 18) | (second << 12) | (third << 6) | (bytes[at + 3]! & 0x3f);
}

/** Bytes of the character that `lead` begins; 1 when it begins none. */
function sequenceLength(lead: number): number {
  if (lead < 0xc2 || lead > 0xf4) return 1;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/** The second byte's range rules out overlong forms, surrogates and points above U+10FFFF. */
function isSecondByte(lead: number, byte: number): boolean {
  const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  return byte >= lowest && byte <= highest;
}
