/**
 * How a method of SubtleCrypto crosses the bridge, by the operation `subtle`: its arguments as a JSON array, in the order
 * that SUBTLE_METHODS gives, with the buffers beside it; its result by `deliver`.
 *
 * Keys are numbers: the host keeps the keys of each isolate, and a guest can use what it has no way to read. Names
 * of algorithms are canonical, members of algorithms are those of MEMBER_KINDS.
 */

/** For which of its uses an algorithm is normalized: an operation of the Web Cryptography API, in its spelling. */
export type AlgorithmUse =
  | 'digest'
  | 'encrypt'
  | 'decrypt'
  | 'sign'
  | 'verify'
  | 'generateKey'
  | 'importKey'
  | 'deriveBits'
  | 'derivedKey'
  | 'wrapKey'
  | 'unwrapKey'
  | 'encapsulate'
  | 'decapsulate';

/**
 * `bytes`: a PartReference. `key`: a number. `keyData`: a PartReference or a JSON Web Key. `length`: of bits, or null.
 * `usages`: of a key. `algorithm:…`: an object with `name` and its members.
 */
export type ArgumentKind =
  'bytes' | 'key' | 'format' | 'keyData' | 'boolean' | 'usages' | 'length' | `algorithm:${AlgorithmUse}`;

export const SUBTLE_METHODS = {
  encrypt: ['algorithm:encrypt', 'key', 'bytes'],
  decrypt: ['algorithm:decrypt', 'key', 'bytes'],
  sign: ['algorithm:sign', 'key', 'bytes'],
  verify: ['algorithm:verify', 'key', 'bytes', 'bytes'],
  digest: ['algorithm:digest', 'bytes'],
  generateKey: ['algorithm:generateKey', 'boolean', 'usages'],
  deriveKey: ['algorithm:deriveBits', 'key', 'algorithm:derivedKey', 'boolean', 'usages'],
  deriveBits: ['algorithm:deriveBits', 'key', 'length'],
  importKey: ['format', 'keyData', 'algorithm:importKey', 'boolean', 'usages'],
  exportKey: ['format', 'key'],
  wrapKey: ['format', 'key', 'key', 'algorithm:wrapKey'],
  unwrapKey: ['format', 'bytes', 'key', 'algorithm:unwrapKey', 'algorithm:importKey', 'boolean', 'usages'],
  getPublicKey: ['key', 'usages'],
  encapsulateBits: ['algorithm:encapsulate', 'key'],
  encapsulateKey: ['algorithm:encapsulate', 'key', 'algorithm:derivedKey', 'boolean', 'usages'],
  decapsulateBits: ['algorithm:decapsulate', 'key', 'bytes'],
  decapsulateKey: ['algorithm:decapsulate', 'key', 'bytes', 'algorithm:derivedKey', 'boolean', 'usages'],
} as const satisfies Readonly<Record<string, readonly ArgumentKind[]>>;

export type SubtleMethod = keyof typeof SUBTLE_METHODS;

/** Which of the buffers beside the JSON: counted from 0. */
export interface PartReference {
  readonly part: number;
}

export const KEY_FORMATS = [
  'raw',
  'raw-public',
  'raw-seed',
  'raw-secret',
  'raw-private',
  'pkcs8',
  'spki',
  'jwk',
] as const;

export const KEY_USAGES = [
  'encrypt',
  'decrypt',
  'sign',
  'verify',
  'deriveKey',
  'deriveBits',
  'wrapKey',
  'unwrapKey',
  'encapsulateBits',
  'decapsulateBits',
  'encapsulateKey',
  'decapsulateKey',
] as const;

/** `bytes`: a PartReference. `digest`: an algorithm. `key`: a number. `octet`, `count`: integers up to 2^8, 2^32. */
export const MEMBER_KINDS = {
  additionalData: 'bytes',
  associatedData: 'bytes',
  context: 'bytes',
  counter: 'bytes',
  customization: 'bytes',
  domainSeparation: 'octet',
  functionName: 'bytes',
  hash: 'digest',
  info: 'bytes',
  iterations: 'count',
  iv: 'bytes',
  label: 'bytes',
  length: 'count',
  memory: 'count',
  modulusLength: 'count',
  namedCurve: 'string',
  nonce: 'bytes',
  outputLength: 'count',
  parallelism: 'count',
  passes: 'count',
  public: 'key',
  publicExponent: 'bytes',
  salt: 'bytes',
  saltLength: 'count',
  secretValue: 'bytes',
  tagLength: 'octet',
  version: 'octet',
} as const;

export type AlgorithmMember = keyof typeof MEMBER_KINDS;

/** A key as the guest gets to know it. */
export interface KeyDescription {
  readonly number: number;
  readonly type: 'secret' | 'public' | 'private';
  readonly extractable: boolean;
  /** JSON, but for `publicExponent`, which is an array of bytes here. */
  readonly algorithm: Readonly<Record<string, unknown>>;
  readonly usages: readonly string[];
}

/** A result that is no ArrayBuffer and no boolean: delivered as JSON of this. Bytes are hexadecimal. */
export type SubtleResult =
  | { readonly type: 'key'; readonly key: KeyDescription }
  | { readonly type: 'pair'; readonly publicKey: KeyDescription; readonly privateKey: KeyDescription }
  | { readonly type: 'jwk'; readonly jwk: Readonly<Record<string, unknown>> }
  | { readonly type: 'bits'; readonly ciphertext: string; readonly sharedKey: string }
  | { readonly type: 'sharedKey'; readonly ciphertext: string; readonly sharedKey: KeyDescription };
