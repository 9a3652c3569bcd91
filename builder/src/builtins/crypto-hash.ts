/** Hashes and HMAC of `node:crypto`. */
import { hmac } from '@noble/hashes/hmac.js';
import { md5, ripemd160, sha1 } from '@noble/hashes/legacy.js';
import { sha224, sha256, sha384, sha512, sha512_256 } from '@noble/hashes/sha2.js';
import type { CHash } from '@noble/hashes/utils.js';
import { Buffer } from './buffer.ts';

export type Data = string | ArrayBuffer | ArrayBufferView;
type State = ReturnType<CHash['create']>;

const ALGORITHMS: ReadonlyMap<string, CHash> = new Map(
  Object.entries({ md5, ripemd160, sha1, sha224, sha256, sha384, sha512, 'sha512-256': sha512_256 }),
);

export const getHashes = (): string[] => [...ALGORITHMS.keys()];

/** `SHA-256` and `RSA-SHA256` are names of sha256 in Node. */
export function algorithmOf(name: string): CHash {
  const plain = name.toLowerCase().replace(/^rsa-/, '');
  const algorithm = ALGORITHMS.get(plain) ?? ALGORITHMS.get(plain.replace('-', ''));
  if (algorithm !== undefined) return algorithm;
  const error = new Error(`Digest method not supported: "${name}"; there are ${getHashes().join(', ')}`);
  throw Object.assign(error, { code: 'ERR_CRYPTO_INVALID_DIGEST' });
}

export function bytesOf(data: Data, encoding?: BufferEncoding): Uint8Array {
  if (typeof data === 'string') return Uint8Array.from(Buffer.from(data, encoding));
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  const error = new TypeError(`The data must be a string or bytes, and is ${typeof data}`);
  throw Object.assign(error, { code: 'ERR_INVALID_ARG_TYPE' });
}

class Digester {
  readonly #state: State;
  #isDone = false;

  constructor(state: State) {
    this.#state = state;
  }

  update(data: Data, encoding?: BufferEncoding): this {
    if (this.#isDone) throw alreadyDone();
    this.#state.update(bytesOf(data, encoding));
    return this;
  }

  /** Once: bytes, or the text of an encoding. */
  digest(): Buffer;
  digest(encoding: BufferEncoding | undefined): string | Buffer;
  digest(encoding?: BufferEncoding): string | Buffer {
    if (this.#isDone) throw alreadyDone();
    this.#isDone = true;
    const bytes = Buffer.from(this.#state.digest());
    return encoding === undefined || (encoding as string) === 'buffer' ? bytes : bytes.toString(encoding);
  }

  protected cloneState(): State {
    if (this.#isDone) throw alreadyDone();
    return this.#state.clone() as State;
  }
}

/** As `env` has it for a secret that the code does not read. */
const PLACEHOLDER = /^sovfn-secret-[0-9a-f]{32}$/;

const alreadyDone = (): Error =>
  Object.assign(new Error('Digest already called'), { code: 'ERR_CRYPTO_HASH_FINALIZED' });

export class Hash extends Digester {
  /** One that goes on from here on its own. */
  copy(): Hash {
    return new Hash(this.cloneState());
  }
}

export class Hmac extends Digester {}

export const createHash = (algorithm: string): Hash => new Hash(algorithmOf(algorithm).create());

/** Throws for the placeholder of a secret: this works on what the code has, and that is not the value. */
export const createHmac = (algorithm: string, key: Data): Hmac => {
  const bytes = bytesOf(key);
  if (PLACEHOLDER.test(Buffer.from(bytes).toString('latin1'))) {
    throw new Error(
      'createHmac got the placeholder of a secret. Sign with crypto.subtle and "sign": true at the secret in sovfn.jsonc, or write "expose": true.',
    );
  }
  return new Hmac(hmac.create(algorithmOf(algorithm), bytes));
};

/** The digest of all data at once; as hexadecimal unless another encoding, or `buffer`, is asked for. */
export const hash = (algorithm: string, data: Data, encoding: BufferEncoding = 'hex'): string | Buffer =>
  createHash(algorithm).update(data).digest(encoding);
