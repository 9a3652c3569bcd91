/** Crypto and SubtleCrypto of the Web Cryptography API: random values and digests. */
import { exactBuffer } from '../core/bytes.guest.ts';
import { host } from '../core/host.guest.ts';
import { defineInterface, INTERNAL, requireInternal } from '../core/interface.guest.ts';
import { bufferSourceBytes, dictionary, domString, isObject, requireArguments } from '../core/webidl.guest.ts';
import { DOMException } from '../events/dom-exception.guest.ts';
import { randomBytes } from './random-pool.guest.ts';

const MOST_RANDOM_BYTES = 65_536;
const DIGESTS = ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'];
const INTEGER_ARRAYS = /^(?:Int|Uint|BigInt|BigUint)/;

export class SubtleCrypto {
  readonly #isSubtle = true;

  constructor(key: unknown = undefined) {
    requireInternal(key, 'SubtleCrypto');
  }

  async digest(algorithm: unknown, data: unknown): Promise<ArrayBuffer> {
    if (!(#isSubtle in this)) throw new TypeError('SubtleCrypto.digest: this is not a SubtleCrypto');
    requireArguments(arguments.length, 2, 'SubtleCrypto.digest');
    const name = digestName(algorithm);
    const bytes = bufferSourceBytes(data);
    if (bytes === null) throw new TypeError('SubtleCrypto.digest: data is not an ArrayBuffer or a view of one');
    return host.digest(name, exactBuffer(bytes));
  }
}

defineInterface(SubtleCrypto, 'SubtleCrypto');

const subtle = new SubtleCrypto(INTERNAL);

export class Crypto {
  readonly #isCrypto = true;

  constructor(key: unknown = undefined) {
    requireInternal(key, 'Crypto');
  }

  get subtle(): SubtleCrypto {
    this.#require();
    return subtle;
  }

  getRandomValues(array: unknown): unknown {
    this.#require();
    requireArguments(arguments.length, 1, 'Crypto.getRandomValues');
    if (!isIntegerArray(array)) {
      if (!ArrayBuffer.isView(array)) throw new TypeError('Crypto.getRandomValues: array is not a typed array');
      throw new DOMException('Crypto.getRandomValues: array is not one of integers', 'TypeMismatchError');
    }
    const { byteLength } = array;
    if (byteLength > MOST_RANDOM_BYTES) {
      const message = `Crypto.getRandomValues: array has ${byteLength} bytes; at most ${MOST_RANDOM_BYTES} are given`;
      throw new DOMException(message, 'QuotaExceededError');
    }
    if (byteLength > 0) bufferSourceBytes(array)!.set(randomBytes(byteLength));
    return array;
  }

  /** A version 4 UUID. */
  randomUUID(): string {
    this.#require();
    const bytes = randomBytes(16);
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    const hex = bytes.toHex();
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  #require(): void {
    if (!(#isCrypto in this)) throw new TypeError('this is not a Crypto');
  }
}

defineInterface(Crypto, 'Crypto');

/** Has no instances yet: keys come with the algorithms that use them. */
export class CryptoKey {
  constructor(key: unknown = undefined) {
    requireInternal(key, 'CryptoKey');
  }
}

defineInterface(CryptoKey, 'CryptoKey');

export const crypto = new Crypto(INTERNAL);

function isIntegerArray(value: unknown): value is Uint8Array {
  if (!ArrayBuffer.isView(value) || value instanceof DataView) return false;
  return INTEGER_ARRAYS.test((value as unknown as Record<symbol, string>)[Symbol.toStringTag]!);
}

function digestName(algorithm: unknown): string {
  const name = isObject(algorithm) ? dictionary(algorithm, 'algorithm')['name'] : algorithm;
  if (isObject(algorithm) && name === undefined) throw new TypeError('SubtleCrypto.digest: algorithm has no name');
  const wanted = domString(name).toUpperCase();
  if (DIGESTS.includes(wanted)) return wanted;
  throw new DOMException(`SubtleCrypto.digest: the algorithm "${domString(name)}" is not known`, 'NotSupportedError');
}
