/** The keys of one isolate: the guest knows them by number, and has no way to what a key is made of. */
import type { webcrypto } from 'node:crypto';
import type { KeyDescription } from '../../bridge/subtle.ts';
import { RefusedWork } from './host-work.ts';

export type HostKey = webcrypto.CryptoKey;

const MOST_KEYS = 4_000;
/** OpenSSL's own limit for public keys. Private ones may be larger there, and take minutes for a signature. */
const MOST_MODULUS_BITS = 16_384;

export class CryptoKeys {
  readonly #keys = new Map<number, HostKey>();
  #lastNumber = 0;

  /** Throws RefusedWork: OperationError at MOST_KEYS (the guest releases those that its code has lost), or DataError. */
  add(key: HostKey): KeyDescription {
    if (this.#keys.size >= MOST_KEYS) {
      throw new RefusedWork('OperationError', `an isolate may hold ${MOST_KEYS} keys at a time`);
    }
    const { type, extractable, usages } = key;
    const algorithm = describeAlgorithm(key);
    if (Number(algorithm['modulusLength'] ?? 0) > MOST_MODULUS_BITS) {
      throw new RefusedWork('DataError', `a modulus may have ${MOST_MODULUS_BITS} bits`);
    }
    const number = ++this.#lastNumber;
    this.#keys.set(number, key);
    return { number, type, extractable, algorithm, usages };
  }

  get(number: number): HostKey {
    const key = this.#keys.get(number);
    if (key === undefined) throw new TypeError('there is no key of that number');
    return key;
  }

  release(number: number): void {
    this.#keys.delete(number);
  }
}

function describeAlgorithm({ algorithm }: HostKey): Record<string, unknown> {
  const members: Record<string, unknown> = { ...algorithm };
  const exponent = members['publicExponent'];
  if (exponent instanceof Uint8Array) members['publicExponent'] = [...exponent];
  return members;
}
