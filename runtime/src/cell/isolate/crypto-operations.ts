/**
 * Random values, digests and SubtleCrypto for a guest: Node's own Web Cryptography, with the keys of the isolate.
 *
 * Guarantees: a key never leaves the host but by `exportKey` and `wrapKey`, which Node refuses for keys that are not
 * extractable; the keys go with the isolate. Digests are made at once and charged to the call; all else runs on the
 * thread pool, within the limits of crypto-limits.ts and HostWork.
 */
import { createHash, randomFillSync, webcrypto } from 'node:crypto';
import { types } from 'node:util';
import type { HostOperations } from '../../bridge/contract.ts';
import { type ArgumentKind, SUBTLE_METHODS, type SubtleMethod, type SubtleResult } from '../../bridge/subtle.ts';
import { between, buffer, count, text } from './guest-arguments.ts';
import { ARGUMENTS_LENGTH, type HostArgument, readArguments } from './crypto-arguments.ts';
import { CryptoKeys, type HostKey } from './crypto-keys.ts';
import { refuseCostly } from './crypto-limits.ts';
import type { HostWork } from './host-work.ts';

const MOST_RANDOM_BYTES = 65_536;
const DIGESTS: Readonly<Record<string, string>> = {
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};
const NAME_LENGTH = 64;
/** Numbers of released keys in one go. */
const RELEASE_LENGTH = 256 * 1024;

/** Its types know neither the newer methods nor arguments that are told by a table. */
const subtle = webcrypto.subtle as unknown as Record<SubtleMethod, (...args: HostArgument[]) => Promise<unknown>>;

export type CryptoOperations = Pick<HostOperations, 'random' | 'digest' | 'subtle' | 'releaseKeys'>;

export function makeCryptoOperations(work: HostWork): CryptoOperations {
  const keys = new CryptoKeys();
  return {
    random: (size) => randomFillSync(new Uint8Array(between(size, 1, MOST_RANDOM_BYTES))).buffer,
    digest: (algorithm, bytes) => digest(algorithm, buffer(bytes)),
    subtle: (call, operation, name, json, ...parts) => {
      const method = subtleMethod(name);
      const kinds: readonly ArgumentKind[] = SUBTLE_METHODS[method];
      const args = readArguments(kinds, text(json, ARGUMENTS_LENGTH), parts, keys);
      work.start({
        call: count(call),
        operation: count(operation),
        bytes: parts.reduce((sum, part) => sum + part.byteLength, 0),
        run: async () => {
          refuseCostly(method, args);
          return subtle[method](...args);
        },
        toValue: (result) => toValue(result, keys),
      });
    },
    releaseKeys: (numbers) => {
      for (const number of text(numbers, RELEASE_LENGTH).split(',')) keys.release(Number(number));
    },
  };
}

function subtleMethod(name: unknown): SubtleMethod {
  const method = text(name, NAME_LENGTH);
  if (!Object.hasOwn(SUBTLE_METHODS, method)) throw new TypeError('subtle: unknown method');
  return method as SubtleMethod;
}

function digest(algorithm: unknown, bytes: ArrayBuffer): ArrayBuffer {
  const name = DIGESTS[text(algorithm, NAME_LENGTH)];
  if (name === undefined) throw new TypeError('digest: unknown algorithm');
  return new Uint8Array(createHash(name).update(new Uint8Array(bytes)).digest()).buffer;
}

function toValue(result: unknown, keys: CryptoKeys): ArrayBuffer | boolean | string {
  if (typeof result === 'boolean' || result instanceof ArrayBuffer) return result;
  return JSON.stringify(describeResult(result as object, keys));
}

function describeResult(result: object, keys: CryptoKeys): SubtleResult {
  if (isKey(result)) return { type: 'key', key: keys.add(result) };
  if ('privateKey' in result) {
    const { publicKey, privateKey } = result as webcrypto.CryptoKeyPair;
    return { type: 'pair', publicKey: keys.add(publicKey), privateKey: keys.add(privateKey) };
  }
  if (!('ciphertext' in result)) return { type: 'jwk', jwk: result as Record<string, unknown> };
  const { ciphertext, sharedKey } = result as { ciphertext: ArrayBuffer; sharedKey: ArrayBuffer | HostKey };
  const hex = toHex(ciphertext);
  if (isKey(sharedKey)) return { type: 'sharedKey', ciphertext: hex, sharedKey: keys.add(sharedKey) };
  return { type: 'bits', ciphertext: hex, sharedKey: toHex(sharedKey) };
}

function isKey(value: object): value is HostKey {
  return types.isCryptoKey(value);
}

function toHex(bytes: ArrayBuffer): string {
  return Buffer.from(bytes).toString('hex');
}
