/**
 * `node:crypto`, the common part: hashes, HMAC, key derivation and random values. The synchronous functions are
 * JavaScript (@noble/hashes), an order of magnitude slower than Node's and not of constant time; `webcrypto` is the
 * host's. Not here: ciphers, signatures, key objects, certificates: use `crypto.subtle`.
 */
import { Buffer } from './buffer.ts';
import { createHash, createHmac, getHashes, Hash, hash, Hmac } from './crypto-hash.ts';
import { hkdf, hkdfSync, pbkdf2, pbkdf2Sync, scrypt, scryptSync } from './crypto-keys.ts';
import { getRandomValues, randomBytes, randomFill, randomFillSync, randomInt, randomUUID } from './crypto-random.ts';

const webcrypto = globalThis.crypto;
const { subtle } = webcrypto;

/** Looks at every byte, whatever it finds. */
function timingSafeEqual(a: ArrayBuffer | ArrayBufferView, b: ArrayBuffer | ArrayBufferView): boolean {
  const [left, right] = [bytesOf(a), bytesOf(b)];
  if (left.length !== right.length) {
    const error = new RangeError('Input buffers must have the same byte length');
    throw Object.assign(error, { code: 'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH' });
  }
  let difference = 0;
  for (let index = 0; index < left.length; index++) difference |= left[index]! ^ right[index]!;
  return difference === 0;
}

const bytesOf = (value: ArrayBuffer | ArrayBufferView): Buffer =>
  ArrayBuffer.isView(value) ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : Buffer.from(value);

export {
  createHash,
  createHmac,
  getHashes,
  getRandomValues,
  Hash,
  hash,
  hkdf,
  hkdfSync,
  Hmac,
  pbkdf2,
  pbkdf2Sync,
  randomBytes,
  randomFill,
  randomFillSync,
  randomInt,
  randomUUID,
  scrypt,
  scryptSync,
  subtle,
  timingSafeEqual,
  webcrypto,
};
