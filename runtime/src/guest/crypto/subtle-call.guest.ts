/** Carries a method of SubtleCrypto to the host and its result back (see bridge/subtle.ts). */
import {
  type AlgorithmUse,
  type ArgumentKind,
  KEY_FORMATS,
  KEY_USAGES,
  SUBTLE_METHODS,
  type SubtleMethod,
  type SubtleResult,
} from '../../bridge/subtle.ts';
import { currentCall } from '../core/clock.guest.ts';
import { host } from '../core/host.guest.ts';
import { startOperation } from '../core/pending-operations.guest.ts';
import { parseJson, stringifyJson } from '../core/primordials.guest.ts';
import { bufferSourceBytes, domString, enumeration, isObject, sequence, unsignedLong } from '../core/webidl.guest.ts';
import { DOMException } from '../events/dom-exception.guest.ts';
import { normalizeAlgorithm, type WireAlgorithm } from './algorithms.guest.ts';
import { keyNumber, makeCryptoKey } from './crypto-key.guest.ts';
import { readJsonWebKey } from './json-web-key.guest.ts';
import { Parts } from './parts.guest.ts';

/** Made by the host at once: an answer on its own would cost more than they do. */
const FAST_DIGESTS = ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'];

export async function callSubtle(method: SubtleMethod, given: readonly unknown[]): Promise<unknown> {
  const parts = new Parts();
  const args = normalizeArguments(convertArguments(method, given), SUBTLE_METHODS[method], parts);
  if (method === 'digest' && FAST_DIGESTS.includes((args[0] as WireAlgorithm).name)) {
    return host.digest((args[0] as WireAlgorithm).name, parts.buffers[0]!);
  }
  const json = stringifyJson(args);
  const call = currentCall();
  try {
    const answer = await startOperation(call, (operation) =>
      host.subtle(call, operation, method, json, ...parts.buffers),
    );
    return typeof answer === 'string' ? readResult(parseJson(answer) as SubtleResult) : answer;
  } catch (error) {
    throw error instanceof SyntaxError ? new DOMException(error.message, 'SyntaxError') : error;
  }
}

/** What WebIDL does to the arguments, each for itself. Buffers and algorithms come out as they are. */
function convertArguments(method: SubtleMethod, given: readonly unknown[]): unknown[] {
  const kinds: readonly ArgumentKind[] = SUBTLE_METHODS[method];
  const format = kinds[0] === 'format' ? enumeration(given[0], KEY_FORMATS, 'format') : null;
  return kinds.map((kind, index) => {
    const value = given[index];
    switch (kind) {
      case 'format':
        return format;
      case 'key':
        return keyNumber(value, 'key');
      case 'boolean':
        return Boolean(value);
      case 'usages':
        return sequence(value, toUsage, 'keyUsages');
      case 'length':
        return value === null || value === undefined ? null : unsignedLong(value);
      case 'bytes':
        return requireBytes(value, 'data');
      case 'keyData':
        return format === 'jwk' ? requireJsonWebKey(value) : requireBytes(value, 'keyData');
      default:
        return isObject(value) ? value : domString(value);
    }
  });
}

/** Normalizes algorithms and gives buffers to `parts`: after the conversions, as the specification has it. */
function normalizeArguments(args: readonly unknown[], kinds: readonly ArgumentKind[], parts: Parts): unknown[] {
  return kinds.map((kind, index) => {
    const value = args[index];
    if (kind === 'bytes') return parts.add(value, 'data');
    if (kind === 'keyData') return bufferSourceBytes(value) === null ? value : parts.add(value, 'keyData');
    if (!kind.startsWith('algorithm:')) return value;
    return normalizeAlgorithm(kind.slice('algorithm:'.length) as AlgorithmUse, value, parts);
  });
}

function toUsage(value: unknown): string {
  return enumeration(value, KEY_USAGES, 'keyUsages');
}

function requireBytes(value: unknown, what: string): unknown {
  if (bufferSourceBytes(value) === null) throw new TypeError(`${what} is not an ArrayBuffer or a view of one`);
  return value;
}

function requireJsonWebKey(value: unknown): unknown {
  if (bufferSourceBytes(value) !== null) throw new TypeError('keyData is not a JSON Web Key');
  return { jwk: readJsonWebKey(value) };
}

function readResult(result: SubtleResult): unknown {
  switch (result.type) {
    case 'key':
      return makeCryptoKey(result.key);
    case 'pair':
      return { publicKey: makeCryptoKey(result.publicKey), privateKey: makeCryptoKey(result.privateKey) };
    case 'jwk':
      return result.jwk;
    case 'bits':
      return { ciphertext: fromHex(result.ciphertext), sharedKey: fromHex(result.sharedKey) };
    case 'sharedKey':
      return { ciphertext: fromHex(result.ciphertext), sharedKey: makeCryptoKey(result.sharedKey) };
  }
}

function fromHex(hex: string): ArrayBuffer {
  return Uint8Array.fromHex(hex).buffer;
}
