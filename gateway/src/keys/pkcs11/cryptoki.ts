/**
 * The part of PKCS#11 (Cryptoki 2.40) that keys of tenants need, called in a module of the HSM's maker. Its calls block, and its code
 * is nobody's here: this runs in a process of its own (key-process.ts). Structures are those of 64-bit systems other than Windows.
 */
import { dlopen, getRawPointer } from 'node:ffi';

export interface TokenKey {
  readonly handle: bigint;
  /** CKA_ID. */
  readonly id: Buffer;
}

/** A call was answered with another code than CKR_OK. */
export class CryptokiError extends Error {
  override readonly name = 'CryptokiError';
  readonly code: number;

  constructor(call: string, code: number) {
    super(`${call} answered 0x${code.toString(16).padStart(8, '0')}`);
    this.code = code;
  }
}

const OK = 0;
const USER_ALREADY_LOGGED_IN = 0x100;
const SERIAL_RW_SESSION = 6n;
const USER = 1n;
const AES_KEY_GEN = 0x1080n;
const AES_GCM = 0x1087n;
const TAG_BYTES = 16;
const KEY_BYTES = 32n;
const LABEL_BYTES = 32;
/** More than CK_TOKEN_INFO has. */
const TOKEN_INFO_BYTES = 512;
const MOST_SLOTS = 64;
const MOST_KEYS = 64;
const MOST_ID_BYTES = 256;

const ATTRIBUTES = {
  class: 0x0n,
  token: 0x1n,
  private: 0x2n,
  label: 0x3n,
  keyType: 0x100n,
  id: 0x102n,
  sensitive: 0x103n,
  encrypt: 0x104n,
  decrypt: 0x105n,
  valueLength: 0x161n,
  extractable: 0x162n,
} as const;

const [YES, NO] = [Buffer.from([1]), Buffer.from([0])];
const SECRET_KEY = ulong(4n);
const AES = ulong(0x1fn);

const number = 'uint64';
const SIGNATURES = {
  C_Initialize: [number],
  C_GetSlotList: ['uint8', 'buffer', 'buffer'],
  C_GetTokenInfo: [number, 'buffer'],
  C_OpenSession: [number, number, number, number, 'buffer'],
  C_Login: [number, number, 'buffer', number],
  C_FindObjectsInit: [number, 'buffer', number],
  C_FindObjects: [number, 'buffer', number, 'buffer'],
  C_FindObjectsFinal: [number],
  C_GetAttributeValue: [number, number, 'buffer', number],
  C_GenerateKey: [number, 'buffer', 'buffer', number, 'buffer'],
  C_EncryptInit: [number, 'buffer', number],
  C_Encrypt: [number, 'buffer', number, 'buffer', 'buffer'],
  C_DecryptInit: [number, 'buffer', number],
  C_Decrypt: [number, 'buffer', number, 'buffer', 'buffer'],
  C_DestroyObject: [number, number],
} as const;
type Call = keyof typeof SIGNATURES;
type Attribute = readonly [type: bigint, value: Buffer];

export class Token {
  readonly #module: Module;
  readonly #session: bigint;

  /** Logs in to the token of this label. Throws CryptokiError, and Error when there is no such token. */
  static open({ module: path, token, pin }: { module: string; token: string; pin: string }): Token {
    const module = new Module(path);
    module.call('C_Initialize', 0n);
    const session = Buffer.alloc(8);
    module.call('C_OpenSession', findSlot(module, token), SERIAL_RW_SESSION, 0n, 0n, session);
    const handle = session.readBigUInt64LE();
    const pinBytes = Buffer.from(pin);
    module.call('C_Login', handle, USER, pinBytes, BigInt(pinBytes.length));
    return new Token(module, handle);
  }

  private constructor(module: Module, session: bigint) {
    this.#module = module;
    this.#session = session;
  }

  /** AES keys of this label, in the order of their ids. */
  keys(label: string): TokenKey[] {
    const query = template([
      [ATTRIBUTES.class, SECRET_KEY],
      [ATTRIBUTES.keyType, AES],
      [ATTRIBUTES.label, Buffer.from(label)],
    ]);
    const [handles, count] = [Buffer.alloc(8 * MOST_KEYS), Buffer.alloc(8)];
    this.#module.call('C_FindObjectsInit', this.#session, query.bytes, query.count);
    this.#module.call('C_FindObjects', this.#session, handles, BigInt(MOST_KEYS), count);
    this.#module.call('C_FindObjectsFinal', this.#session);
    const found = Array.from({ length: Number(count.readBigUInt64LE()) }, (_, at) => handles.readBigUInt64LE(8 * at));
    return found.map((handle) => ({ handle, id: this.#idOf(handle) })).sort((a, b) => a.id.compare(b.id));
  }

  /** A key that never leaves the token. */
  make(label: string, id: Buffer): void {
    const wanted = template([
      [ATTRIBUTES.class, SECRET_KEY],
      [ATTRIBUTES.keyType, AES],
      [ATTRIBUTES.label, Buffer.from(label)],
      [ATTRIBUTES.id, id],
      [ATTRIBUTES.valueLength, ulong(KEY_BYTES)],
      ...([ATTRIBUTES.token, ATTRIBUTES.private, ATTRIBUTES.sensitive] as const).map((type) => [type, YES] as const),
      ...([ATTRIBUTES.encrypt, ATTRIBUTES.decrypt] as const).map((type) => [type, YES] as const),
      [ATTRIBUTES.extractable, NO],
    ]);
    const mechanism = struct([AES_KEY_GEN, 0n, 0n]);
    this.#module.call('C_GenerateKey', this.#session, mechanism, wanted.bytes, wanted.count, Buffer.alloc(8));
  }

  /** AES-GCM: the ciphertext, then its tag. */
  encrypt(key: TokenKey, nonce: Buffer, associated: Buffer, bytes: Buffer): Buffer {
    const mechanism = gcm(nonce, associated);
    this.#module.call('C_EncryptInit', this.#session, mechanism.bytes, key.handle);
    return this.#give('C_Encrypt', bytes, bytes.length + TAG_BYTES);
  }

  decrypt(key: TokenKey, nonce: Buffer, associated: Buffer, bytes: Buffer): Buffer {
    const mechanism = gcm(nonce, associated);
    this.#module.call('C_DecryptInit', this.#session, mechanism.bytes, key.handle);
    return this.#give('C_Decrypt', bytes, bytes.length);
  }

  destroy(key: TokenKey): void {
    this.#module.call('C_DestroyObject', this.#session, key.handle);
  }

  #give(call: 'C_Encrypt' | 'C_Decrypt', bytes: Buffer, most: number): Buffer {
    const [out, length] = [Buffer.alloc(most), ulong(BigInt(most))];
    this.#module.call(call, this.#session, bytes, BigInt(bytes.length), out, length);
    return out.subarray(0, Number(length.readBigUInt64LE()));
  }

  #idOf(handle: bigint): Buffer {
    const id = Buffer.alloc(MOST_ID_BYTES);
    const query = template([[ATTRIBUTES.id, id]]);
    this.#module.call('C_GetAttributeValue', this.#session, handle, query.bytes, query.count);
    return id.subarray(0, Number(query.bytes.readBigUInt64LE(16)));
  }
}

class Module {
  readonly #functions: Record<string, (...values: never[]) => number | bigint>;

  constructor(path: string) {
    const definitions = Object.entries(SIGNATURES).map(([call, types]) => [
      call,
      { arguments: [...types], return: number },
    ]);
    this.#functions = dlopen(path, Object.fromEntries(definitions) as Parameters<typeof dlopen>[1]).functions;
  }

  /** Throws CryptokiError. Logged in already is as good. */
  call(call: Call, ...values: readonly (bigint | number | Buffer)[]): void {
    const code = Number(this.#functions[call]!(...(values as never[])));
    if (code !== OK && code !== USER_ALREADY_LOGGED_IN) throw new CryptokiError(call, code);
  }
}

function findSlot(module: Module, token: string): bigint {
  const [slots, count] = [Buffer.alloc(8 * MOST_SLOTS), ulong(BigInt(MOST_SLOTS))];
  module.call('C_GetSlotList', 1, slots, count);
  for (let at = 0; at < Number(count.readBigUInt64LE()); at++) {
    const slot = slots.readBigUInt64LE(8 * at);
    const info = Buffer.alloc(TOKEN_INFO_BYTES);
    module.call('C_GetTokenInfo', slot, info);
    if (info.toString('utf8', 0, LABEL_BYTES).trimEnd() === token) return slot;
  }
  throw new Error(`the module has no token "${token}"`);
}

/** CK_ATTRIBUTE: type, address and length of each value. Keep the result, which holds the values, as long as it is used. */
function template(attributes: readonly Attribute[]) {
  const bytes = struct(attributes.flatMap(([type, value]) => [type, getRawPointer(value), BigInt(value.length)]));
  return { bytes, count: BigInt(attributes.length), attributes };
}

/** CK_MECHANISM with CK_GCM_PARAMS. Keep the result as long as it is used. */
function gcm(nonce: Buffer, associated: Buffer) {
  const nonceBytes = BigInt(nonce.length);
  const parameters = struct([
    ...[getRawPointer(nonce), nonceBytes, nonceBytes * 8n],
    ...[getRawPointer(associated), BigInt(associated.length), BigInt(TAG_BYTES * 8)],
  ]);
  const bytes = struct([AES_GCM, getRawPointer(parameters), BigInt(parameters.length)]);
  return { bytes, parameters, nonce, associated };
}

function struct(words: readonly bigint[]): Buffer {
  return Buffer.from(BigUint64Array.from(words).buffer);
}

function ulong(value: bigint): Buffer {
  return struct([value]);
}
