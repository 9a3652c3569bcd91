/**
 * What statements about calls are written with and read by. Numbers are varints: seven bits in a byte, the lowest first, and in the
 * shortest form only; so what was read is written again as the same bytes.
 */
import { INVOCATION_BYTES, readInvocation, writeInvocation } from '../invocation-id.ts';
import type {} from '../latin1.ts';
import { HASH_BYTES, type NodeHash } from './merkle.ts';

/** A part of `bytes`. */
export interface StatementBytes {
  readonly bytes: Buffer;
  readonly begin: number;
  readonly end: number;
}

/** Of the longest number: up to 2^56, above what a safe integer is. */
export const VARINT_BYTES = 8;
const FIRST_BYTES = 512;

/** NOTE: on the path of every call. */
export class StatementWriter implements StatementBytes {
  bytes = Buffer.alloc(FIRST_BYTES);
  readonly begin = 0;
  end = 0;

  reset(): void {
    this.end = 0;
  }

  byte(value: number): void {
    this.#makeRoom(1);
    this.bytes[this.end++] = value;
  }

  varint(value: number): void {
    this.#makeRoom(VARINT_BYTES);
    this.end = writeVarint(value, this.bytes, this.end);
  }

  invocation(id: string): void {
    this.#makeRoom(INVOCATION_BYTES);
    writeInvocation(id, this.bytes, this.end);
    this.end += INVOCATION_BYTES;
  }

  hash(hash: NodeHash): void {
    this.#makeRoom(HASH_BYTES);
    this.end += this.bytes.latin1Write(hash, this.end, HASH_BYTES);
  }

  /** ASCII, behind its length. */
  text(text: string): void {
    this.varint(text.length);
    this.#makeRoom(text.length);
    this.end += this.bytes.latin1Write(text, this.end);
  }

  add(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length);
    this.bytes.set(bytes, this.end);
    this.end += bytes.length;
  }

  #makeRoom(size: number): void {
    const needed = this.end + size;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.alloc(Math.max(2 * this.bytes.length, needed));
    this.bytes.copy(larger, 0, 0, this.end);
    this.bytes = larger;
  }
}

/** Hostile: the bytes. Throws RangeError for what no writer has written. */
export class StatementReader {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get at(): number {
    return this.#at;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  byte(): number {
    return this.#bytes[this.skip(1)]!;
  }

  varint(): number {
    let value = 0;
    for (let place = 0, factor = 1; place < VARINT_BYTES; place++, factor *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte > 0x7f) continue;
      if ((byte === 0 && place > 0) || !Number.isSafeInteger(value)) break;
      return value;
    }
    throw new RangeError('a number is not written in its shortest form, or is too large');
  }

  invocation(): string {
    return readInvocation(this.#bytes, this.skip(INVOCATION_BYTES));
  }

  hash(): NodeHash {
    const at = this.skip(HASH_BYTES);
    return this.#bytes.latin1Slice(at, at + HASH_BYTES);
  }

  /** Throws also for more than `most` characters. */
  text(most = Infinity): string {
    const length = this.varint();
    if (length > most) throw new RangeError(`a text of a statement has ${length} characters; ${most} are the most`);
    const at = this.skip(length);
    return this.#bytes.latin1Slice(at, at + length);
  }

  rest(): Buffer {
    return this.#bytes.subarray(this.skip(this.#bytes.length - this.#at));
  }

  /** Returns where it was. */
  skip(size: number): number {
    const at = this.#at;
    if (at + size > this.#bytes.length) throw new RangeError('a statement about a call is cut off');
    this.#at = at + size;
    return at;
  }
}

/** There must be room for VARINT_BYTES. Returns the place behind it. Throws RangeError for what is below zero. */
export function writeVarint(value: number, bytes: Uint8Array, at: number): number {
  if (value < 0) throw new RangeError(`a statement about a call has a number below zero (${value})`);
  let [rest, end] = [value, at];
  for (; rest > 0x7fff_ffff; rest = Math.floor(rest / 0x80)) bytes[end++] = (rest % 0x80) | 0x80;
  for (; rest > 0x7f; rest >>>= 7) bytes[end++] = (rest & 0x7f) | 0x80;
  bytes[end++] = rest;
  return end;
}
