/** Crypto of the Web Cryptography API: random values. The rest is a lazy part. */
import { defineInterface, INTERNAL, requireInternal } from '../core/interface.guest.ts';
import { subtleCrypto } from '../core/lazy-parts.guest.ts';
import { bufferSourceBytes, requireArguments } from '../core/webidl.guest.ts';
import { DOMException, QuotaExceededError } from '../events/dom-exception.guest.ts';
import { randomBytes } from './random-pool.guest.ts';

const MOST_RANDOM_BYTES = 65_536;
const INTEGER_ARRAYS = /^(?:Int|Uint|BigInt|BigUint)/;

export class Crypto {
  readonly #isCrypto = true;

  constructor(key: unknown = undefined) {
    requireInternal(key, 'Crypto');
  }

  get subtle(): object {
    this.#require();
    return subtleCrypto.get().subtle;
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
      throw new QuotaExceededError(message);
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

export const crypto = new Crypto(INTERNAL);

function isIntegerArray(value: unknown): value is Uint8Array {
  if (!ArrayBuffer.isView(value) || value instanceof DataView) return false;
  return INTEGER_ARRAYS.test((value as unknown as Record<symbol, string>)[Symbol.toStringTag]!);
}
