/**
 * Keys of secrets that the code does not read: `importKey` takes the placeholder that stands in `env`, and HMACs are asked of the
 * broker (see bridge/asks.ts). Whatever else is done with such a key is refused: with the placeholder it would be done wrongly.
 */
import {
  HMAC_DATA_BYTES,
  HMAC_HASHES,
  type HmacHash,
  type HmacHead,
  type HmacVerdict,
  PLACEHOLDER_LENGTH,
  PLACEHOLDER_PREFIX,
} from '../../bridge/asks.ts';
import type { SubtleMethod } from '../../bridge/subtle.ts';
import { ask } from '../core/asks.guest.ts';
import { exactBuffer } from '../core/bytes.guest.ts';
import { bufferSourceBytes, isObject, sequence } from '../core/webidl.guest.ts';
import { decodeUtf8WithoutBom } from '../encoding/utf8.guest.ts';
import { DOMException } from '../events/dom-exception.guest.ts';
import { normalizeAlgorithm } from './algorithms.guest.ts';
import { type CryptoKey, isCryptoKey, makeSecretKey, type SecretHandle, secretHandle } from './crypto-key.guest.ts';
import { Parts } from './parts.guest.ts';

const FORMATS = ['raw', 'raw-secret'];
const USAGES = ['sign', 'verify'];

/** Null: the method has nothing to do with such a key. */
export function secretKeyCall(method: SubtleMethod, given: readonly unknown[]): Promise<unknown> | null {
  if (method === 'importKey') {
    const placeholder = placeholderIn(given[1]);
    return placeholder === null ? null : importSecret(placeholder, given);
  }
  if (method !== 'sign' && method !== 'verify') return null;
  const handle = secretHandle(given[1]);
  if (handle === null) return null;
  return method === 'sign' ? sign(handle, given) : verify(handle, given);
}

async function importSecret(
  placeholder: string,
  [format, , algorithm, extractable, usages]: readonly unknown[],
): Promise<CryptoKey> {
  const { name, hash } = normalizeAlgorithm('importKey', algorithm, new Parts());
  const hashName = isObject(hash) ? (hash as { readonly name?: unknown }).name : hash;
  if (!FORMATS.includes(String(format)) || name !== 'HMAC' || !HMAC_HASHES.includes(hashName as HmacHash)) {
    const can = `as "raw", for HMAC with ${HMAC_HASHES.join(', ')}`;
    throw unsupported(
      `a secret that the code does not read can be imported ${can}; with "expose": true it can be used otherwise`,
    );
  }
  if (extractable) throw unsupported('the key of a secret that the code does not read cannot be extractable');
  const asked = sequence(usages, String, 'keyUsages');
  if (asked.length === 0 || asked.some((usage) => !USAGES.includes(usage))) {
    throw new DOMException('keyUsages of an HMAC key are sign and verify, at least one of them', 'SyntaxError');
  }
  const ordered = USAGES.filter((usage) => asked.includes(usage));
  return makeSecretKey({ placeholder, hash: hashName as HmacHash }, ordered);
}

async function sign(handle: SecretHandle, [algorithm, key, data]: readonly unknown[]): Promise<ArrayBuffer> {
  assertFor('sign', algorithm, key);
  const { body } = await askFor({ op: 'sign', ...handle }, data);
  return exactBuffer(body as Uint8Array);
}

async function verify(handle: SecretHandle, [algorithm, key, signature, data]: readonly unknown[]): Promise<boolean> {
  assertFor('verify', algorithm, key);
  const bytes = requireBytes(signature, 'signature');
  if (bytes.length > LONGEST_HMAC_BYTES) return false;
  const { head } = await askFor({ op: 'verify', ...handle, signature: bytes.toHex() }, data);
  return (head as HmacVerdict).isValid;
}

const LONGEST_HMAC_BYTES = 64;

function askFor(head: HmacHead, data: unknown): ReturnType<typeof ask> {
  const bytes = requireBytes(data, 'data');
  if (bytes.length > HMAC_DATA_BYTES) {
    const most = `at most ${HMAC_DATA_BYTES} are taken with a secret that the code does not read`;
    return Promise.reject(new DOMException(`data has ${bytes.length} bytes; ${most}`, 'OperationError'));
  }
  return ask({ kind: 'hmac', head, body: exactBuffer(bytes.slice()), streamed: false });
}

function assertFor(use: 'sign' | 'verify', algorithm: unknown, key: unknown): void {
  const { name } = normalizeAlgorithm(use, algorithm, new Parts());
  if (name === 'HMAC' && isCryptoKey(key) && key.usages.includes(use)) return;
  throw new DOMException(`the key is not for ${use} with ${name}`, 'InvalidAccessError');
}

/** Null: these are the bytes of something else. */
function placeholderIn(keyData: unknown): string | null {
  const bytes = bufferSourceBytes(keyData);
  if (bytes === null || bytes.length !== PLACEHOLDER_LENGTH) return null;
  const text = decodeUtf8WithoutBom(bytes);
  return text.startsWith(PLACEHOLDER_PREFIX) ? text : null;
}

function requireBytes(value: unknown, what: string): Uint8Array {
  const bytes = bufferSourceBytes(value);
  if (bytes === null) throw new TypeError(`${what} is not an ArrayBuffer or a view of one`);
  return bytes;
}

function unsupported(message: string): DOMException {
  return new DOMException(message, 'NotSupportedError');
}
