/**
 * Normalizes algorithms, as the Web Cryptography API and its modern extension have it: finds the canonical name and reads
 * the members that the algorithm takes for this use. What the values must be is checked by the host.
 */
import { type AlgorithmMember, type AlgorithmUse, MEMBER_KINDS } from '../../bridge/subtle.ts';
import { uncurryThis } from '../core/primordials.guest.ts';
import { type Dictionary, domString, enforcedUnsignedLongLong, isObject } from '../core/webidl.guest.ts';
import { DOMException } from '../events/dom-exception.guest.ts';
import { keyNumber } from './crypto-key.guest.ts';
import type { Parts } from './parts.guest.ts';

/** As it crosses the bridge. */
export type WireAlgorithm = { name: string } & Record<string, unknown>;

/** Algorithms that take the same members: `[names, members]`. */
type Group = readonly [names: readonly string[], members: readonly AlgorithmMember[]];

const AES = ['AES-CBC', 'AES-CTR', 'AES-GCM', 'AES-KW', 'AES-OCB'];
const AEAD = ['AES-GCM', 'AES-OCB', 'ChaCha20-Poly1305'];
const CHACHA = ['ChaCha20-Poly1305'];
const RSA = ['RSASSA-PKCS1-v1_5', 'RSA-PSS', 'RSA-OAEP'];
const EC = ['ECDSA', 'ECDH'];
const EDWARDS = ['Ed25519', 'Ed448'];
const MONTGOMERY = ['X25519', 'X448'];
const KMAC = ['KMAC128', 'KMAC256'];
const KDF = ['HKDF', 'PBKDF2', 'Argon2d', 'Argon2i', 'Argon2id'];
const ARGON2 = ['Argon2d', 'Argon2i', 'Argon2id'];
const ML_DSA = ['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'];
const KEM = ['ML-KEM-512', 'ML-KEM-768', 'ML-KEM-1024', 'MLKEM768-P256', 'MLKEM768-X25519', 'MLKEM1024-P384'];
const SHA = ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512', 'SHA3-256', 'SHA3-384', 'SHA3-512'];

const DIGEST: readonly Group[] = [
  [SHA, []],
  [
    ['cSHAKE128', 'cSHAKE256'],
    ['customization', 'functionName', 'outputLength'],
  ],
  [
    ['KT128', 'KT256'],
    ['customization', 'outputLength'],
  ],
  [
    ['TurboSHAKE128', 'TurboSHAKE256'],
    ['domainSeparation', 'outputLength'],
  ],
];
const CIPHERS: readonly Group[] = [
  [['AES-CBC'], ['iv']],
  [['AES-CTR'], ['counter', 'length']],
  [AEAD, ['additionalData', 'iv', 'tagLength']],
  [['RSA-OAEP'], ['label']],
];
const SIGNATURES: readonly Group[] = [
  [['Ed25519', 'HMAC', 'RSASSA-PKCS1-v1_5'], []],
  [['ECDSA'], ['hash']],
  [['RSA-PSS'], ['saltLength']],
  [['Ed448', ...ML_DSA], ['context']],
  [KMAC, ['customization', 'outputLength']],
];
const WRAPPING: readonly Group[] = [[['AES-KW'], []], ...CIPHERS];
const ENCAPSULATION: readonly Group[] = [[KEM, []]];

const USES: Readonly<Record<AlgorithmUse, readonly Group[]>> = {
  digest: DIGEST,
  encrypt: CIPHERS,
  decrypt: CIPHERS,
  sign: SIGNATURES,
  verify: SIGNATURES,
  generateKey: [
    [[...AES, ...KMAC], ['length']],
    [[...CHACHA, ...EDWARDS, ...MONTGOMERY, ...ML_DSA, ...KEM], []],
    [EC, ['namedCurve']],
    [['HMAC'], ['hash', 'length']],
    [RSA, ['hash', 'modulusLength', 'publicExponent']],
  ],
  importKey: [
    [[...AES, ...CHACHA, ...EDWARDS, ...MONTGOMERY, ...KDF, ...ML_DSA, ...KEM], []],
    [EC, ['namedCurve']],
    [['HMAC'], ['hash', 'length']],
    [KMAC, ['length']],
    [RSA, ['hash']],
  ],
  deriveBits: [
    [['ECDH', ...MONTGOMERY], ['public']],
    [['HKDF'], ['hash', 'info', 'salt']],
    [['PBKDF2'], ['hash', 'iterations', 'salt']],
    [ARGON2, ['associatedData', 'memory', 'nonce', 'parallelism', 'passes', 'secretValue', 'version']],
  ],
  derivedKey: [
    [[...AES, ...KMAC], ['length']],
    [['HMAC'], ['hash', 'length']],
    [[...CHACHA, ...KDF], []],
  ],
  wrapKey: WRAPPING,
  unwrapKey: WRAPPING,
  encapsulate: ENCAPSULATION,
  decapsulate: ENCAPSULATION,
};

const MOST_OCTET = 0xff;
const MOST_COUNT = 0xffff_ffff;
const toUpperCase = uncurryThis(String.prototype.toUpperCase);

/** Throws TypeError when it is no algorithm, and NotSupportedError when there is none of that name for the use. */
export function normalizeAlgorithm(use: AlgorithmUse, identifier: unknown, parts: Parts): WireAlgorithm {
  const given = (isObject(identifier) ? identifier : { name: identifier }) as Dictionary;
  if (given['name'] === undefined) throw new TypeError('the algorithm has no name');
  const wanted = domString(given['name']);
  const { name, members } = findAlgorithm(use, wanted);
  const algorithm: WireAlgorithm = { name };
  for (let i = 0; i < members.length; i++) {
    const member = members[i]!;
    const value = given[member];
    if (value !== undefined) algorithm[member] = convertMember(member, value, parts);
  }
  return algorithm;
}

function findAlgorithm(use: AlgorithmUse, wanted: string): { name: string; members: readonly AlgorithmMember[] } {
  const upper = toUpperCase(wanted);
  const groups = USES[use];
  for (let i = 0; i < groups.length; i++) {
    const [names, members] = groups[i]!;
    for (let j = 0; j < names.length; j++) {
      if (toUpperCase(names[j]!) === upper) return { name: names[j]!, members };
    }
  }
  throw new DOMException(`"${wanted}" is no algorithm for this operation`, 'NotSupportedError');
}

function convertMember(member: AlgorithmMember, value: unknown, parts: Parts): unknown {
  switch (MEMBER_KINDS[member]) {
    case 'bytes':
      return parts.add(value, member);
    case 'digest':
      return normalizeAlgorithm('digest', value, parts);
    case 'key':
      return keyNumber(value, member);
    case 'string':
      return domString(value);
    case 'octet':
      return integer(value, MOST_OCTET, member);
    case 'count':
      return integer(value, MOST_COUNT, member);
  }
}

function integer(value: unknown, most: number, what: string): number {
  const number = enforcedUnsignedLongLong(value, what);
  if (number > most) throw new TypeError(`${what} is ${number}; it may be at most ${most}`);
  return number;
}
