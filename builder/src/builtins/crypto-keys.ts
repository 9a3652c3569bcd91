/**
 * Derivation of keys in `node:crypto`. It runs on the function's CPU time: 100,000 rounds of PBKDF2 take about a tenth of
 * a second, which `crypto.subtle.deriveBits` does not.
 */
import { hkdf as deriveHkdf } from '@noble/hashes/hkdf.js';
import { pbkdf2 as derivePbkdf2 } from '@noble/hashes/pbkdf2.js';
import { scrypt as deriveScrypt } from '@noble/hashes/scrypt.js';
import { Buffer } from './buffer.ts';
import { algorithmOf, bytesOf, type Data } from './crypto-hash.ts';

type Callback<T> = (error: Error | null, key?: T) => void;

export function pbkdf2Sync(password: Data, salt: Data, rounds: number, size: number, algorithm: string): Buffer {
  const options = { c: rounds, dkLen: size };
  return Buffer.from(derivePbkdf2(algorithmOf(algorithm), bytesOf(password), bytesOf(salt), options));
}

export function pbkdf2(
  password: Data,
  salt: Data,
  rounds: number,
  size: number,
  algorithm: string,
  callback: Callback<Buffer>,
): void {
  answerLater(() => pbkdf2Sync(password, salt, rounds, size, algorithm), callback);
}

interface ScryptOptions {
  readonly N?: number;
  readonly cost?: number;
  readonly r?: number;
  readonly blockSize?: number;
  readonly p?: number;
  readonly parallelization?: number;
  readonly maxmem?: number;
}

const SCRYPT_MEMORY = 32 * 1024 * 1024;

export function scryptSync(password: Data, salt: Data, size: number, options: ScryptOptions = {}): Buffer {
  const N = options.N ?? options.cost ?? 16_384;
  const r = options.r ?? options.blockSize ?? 8;
  const p = options.p ?? options.parallelization ?? 1;
  // The default cost needs a little more than the limit, which Node does not count.
  const maxmem = (options.maxmem ?? SCRYPT_MEMORY) + 1024 * 1024;
  return Buffer.from(deriveScrypt(bytesOf(password), bytesOf(salt), { N, r, p, dkLen: size, maxmem }));
}

export function scrypt(
  password: Data,
  salt: Data,
  size: number,
  ...rest: [Callback<Buffer>] | [ScryptOptions, Callback<Buffer>]
): void {
  const [options, callback] = rest.length === 1 ? [{}, rest[0]] : rest;
  answerLater(() => scryptSync(password, salt, size, options), callback);
}

export function hkdfSync(algorithm: string, key: Data, salt: Data, info: Data, size: number): ArrayBuffer {
  const bytes = deriveHkdf(algorithmOf(algorithm), bytesOf(key), bytesOf(salt), bytesOf(info), size);
  return new Uint8Array(bytes).buffer;
}

export function hkdf(
  algorithm: string,
  key: Data,
  salt: Data,
  info: Data,
  size: number,
  callback: Callback<ArrayBuffer>,
): void {
  answerLater(() => hkdfSync(algorithm, key, salt, info, size), callback);
}

/** Computes in a microtask; what is wrong with the arguments goes to the callback too. */
export function answerLater<T>(compute: () => T, callback: Callback<T>): void {
  queueMicrotask(() => {
    let value: T;
    try {
      value = compute();
    } catch (error) {
      return callback(error as Error);
    }
    callback(null, value);
  });
}
