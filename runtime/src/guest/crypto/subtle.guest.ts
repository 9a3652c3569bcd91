/** Lazy part: SubtleCrypto and CryptoKey of the Web Cryptography API. The work is done by the host. */
import type { SubtleMethod } from '../../bridge/subtle.ts';
import { defineInterface, INTERNAL, requireInternal } from '../core/interface.guest.ts';
import { bufferSourceBytes, isObject, requireArguments } from '../core/webidl.guest.ts';
import { secretKeyCall } from './secret-key.guest.ts';
import { callSubtle } from './subtle-call.guest.ts';

export { cloneCryptoKey, CryptoKey, isCryptoKey } from './crypto-key.guest.ts';

/** The methods differ in their arguments only; each is written out for its `length` and for who reads it. */
export class SubtleCrypto {
  readonly #isSubtle = true;

  constructor(key: unknown = undefined) {
    requireInternal(key, 'SubtleCrypto');
  }

  encrypt(algorithm: unknown, key: unknown, data: unknown): Promise<unknown> {
    return invoke(this, 'encrypt', [arguments.length, 3], [algorithm, key, data]);
  }

  decrypt(algorithm: unknown, key: unknown, data: unknown): Promise<unknown> {
    return invoke(this, 'decrypt', [arguments.length, 3], [algorithm, key, data]);
  }

  sign(algorithm: unknown, key: unknown, data: unknown): Promise<unknown> {
    return invoke(this, 'sign', [arguments.length, 3], [algorithm, key, data]);
  }

  verify(algorithm: unknown, key: unknown, signature: unknown, data: unknown): Promise<unknown> {
    return invoke(this, 'verify', [arguments.length, 4], [algorithm, key, signature, data]);
  }

  digest(algorithm: unknown, data: unknown): Promise<unknown> {
    return invoke(this, 'digest', [arguments.length, 2], [algorithm, data]);
  }

  generateKey(algorithm: unknown, extractable: unknown, keyUsages: unknown): Promise<unknown> {
    return invoke(this, 'generateKey', [arguments.length, 3], [algorithm, extractable, keyUsages]);
  }

  deriveKey(
    algorithm: unknown,
    baseKey: unknown,
    derivedKeyType: unknown,
    extractable: unknown,
    keyUsages: unknown,
  ): Promise<unknown> {
    return invoke(
      this,
      'deriveKey',
      [arguments.length, 5],
      [algorithm, baseKey, derivedKeyType, extractable, keyUsages],
    );
  }

  deriveBits(algorithm: unknown, baseKey: unknown, length: unknown = undefined): Promise<unknown> {
    return invoke(this, 'deriveBits', [arguments.length, 2], [algorithm, baseKey, length]);
  }

  importKey(
    format: unknown,
    keyData: unknown,
    algorithm: unknown,
    extractable: unknown,
    keyUsages: unknown,
  ): Promise<unknown> {
    return invoke(this, 'importKey', [arguments.length, 5], [format, keyData, algorithm, extractable, keyUsages]);
  }

  exportKey(format: unknown, key: unknown): Promise<unknown> {
    return invoke(this, 'exportKey', [arguments.length, 2], [format, key]);
  }

  wrapKey(format: unknown, key: unknown, wrappingKey: unknown, wrapAlgorithm: unknown): Promise<unknown> {
    return invoke(this, 'wrapKey', [arguments.length, 4], [format, key, wrappingKey, wrapAlgorithm]);
  }

  unwrapKey(
    format: unknown,
    wrappedKey: unknown,
    unwrappingKey: unknown,
    unwrapAlgorithm: unknown,
    unwrappedKeyAlgorithm: unknown,
    extractable: unknown,
    keyUsages: unknown,
  ): Promise<unknown> {
    return invoke(
      this,
      'unwrapKey',
      [arguments.length, 7],
      [format, wrappedKey, unwrappingKey, unwrapAlgorithm, unwrappedKeyAlgorithm, extractable, keyUsages],
    );
  }

  getPublicKey(key: unknown, keyUsages: unknown): Promise<unknown> {
    return invoke(this, 'getPublicKey', [arguments.length, 2], [key, keyUsages]);
  }

  encapsulateBits(algorithm: unknown, key: unknown): Promise<unknown> {
    return invoke(this, 'encapsulateBits', [arguments.length, 2], [algorithm, key]);
  }

  encapsulateKey(
    algorithm: unknown,
    key: unknown,
    sharedKeyAlgorithm: unknown,
    extractable: unknown,
    keyUsages: unknown,
  ): Promise<unknown> {
    return invoke(
      this,
      'encapsulateKey',
      [arguments.length, 5],
      [algorithm, key, sharedKeyAlgorithm, extractable, keyUsages],
    );
  }

  decapsulateBits(algorithm: unknown, key: unknown, ciphertext: unknown): Promise<unknown> {
    return invoke(this, 'decapsulateBits', [arguments.length, 3], [algorithm, key, ciphertext]);
  }

  decapsulateKey(
    algorithm: unknown,
    key: unknown,
    ciphertext: unknown,
    sharedKeyAlgorithm: unknown,
    extractable: unknown,
    keyUsages: unknown,
  ): Promise<unknown> {
    return invoke(
      this,
      'decapsulateKey',
      [arguments.length, 6],
      [algorithm, key, ciphertext, sharedKeyAlgorithm, extractable, keyUsages],
    );
  }

  /**
   * Not of the specification; as in Workers: compares without telling by its time where the two differ. Throws TypeError when
   * their lengths differ.
   */
  timingSafeEqual(left: unknown, right: unknown): boolean {
    const a = bufferSourceBytes(left);
    const b = bufferSourceBytes(right);
    if (a === null || b === null) throw new TypeError('SubtleCrypto.timingSafeEqual: two buffers of bytes are needed');
    if (a.length !== b.length) {
      throw new TypeError(`SubtleCrypto.timingSafeEqual: one has ${a.length} bytes, the other ${b.length}`);
    }
    let difference = 0;
    for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!;
    return difference === 0;
  }

  static isSubtle(value: object): boolean {
    return #isSubtle in value;
  }
}

const { isSubtle } = SubtleCrypto;
Reflect.deleteProperty(SubtleCrypto, 'isSubtle');
defineInterface(SubtleCrypto, 'SubtleCrypto');

export const subtle = new SubtleCrypto(INTERNAL);

/** Every error is a rejection, also that of a wrong `this`. */
async function invoke(
  self: SubtleCrypto,
  method: SubtleMethod,
  [given, required]: readonly [number, number],
  args: readonly unknown[],
): Promise<unknown> {
  if (!isObject(self) || !isSubtle(self)) throw new TypeError(`SubtleCrypto.${method}: this is not a SubtleCrypto`);
  requireArguments(given, required, `SubtleCrypto.${method}`);
  return secretKeyCall(method, args) ?? callSubtle(method, args);
}
