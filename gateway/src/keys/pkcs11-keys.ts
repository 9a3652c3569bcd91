/**
 * Tenants' keys in an HSM, by PKCS#11: AES keys that never leave it, `<prefix><tenant>`. Of several with the same label the one with the
 * greatest id (CKA_ID) wraps, and the others unwrap what they wrapped.
 *
 * Guarantees: each operation ends within a bounded time, whatever the module of the HSM does; what is wrapped opens under its own key
 * and for its own context only.
 * Hostile: nothing; the module is the operator's choice, and runs as the gateway's user.
 */
import { randomBytes } from 'node:crypto';
import type { KeyEnd } from '@sovfn/protocol';
import { unavailable } from './file-keys.ts';
import type { KeyProvider, WrappedBytes } from './key-provider.ts';
import type { KeyProcessResult, KeyProcessTask } from './pkcs11/messages.ts';
import { TokenProcess, type TokenProcessOptions } from './pkcs11/token-process.ts';

export interface Pkcs11KeysOptions extends TokenProcessOptions {
  readonly keyPrefix: string;
}

const NONCE_BYTES = 12;
const TIME_BYTES = 6;
const RANDOM_BYTES = 6;

export class Pkcs11Keys implements KeyProvider, Disposable {
  readonly #token: TokenProcess;
  readonly #keyPrefix: string;

  constructor({ keyPrefix, ...options }: Pkcs11KeysOptions) {
    this.#token = new TokenProcess(options);
    this.#keyPrefix = keyPrefix;
  }

  async prepare(tenant: string): Promise<void> {
    await this.#run(tenant, { kind: 'make', label: this.#labelOf(tenant), keyId: newKeyId() });
  }

  async wrap(tenant: string, key: Buffer, context: string): Promise<WrappedBytes> {
    const nonce = randomBytes(NONCE_BYTES);
    const sealing = { label: this.#labelOf(tenant), nonce, associated: Buffer.from(context), bytes: key };
    const { keyId, bytes } = sealedOf(await this.#run(tenant, { kind: 'encrypt', ...sealing }));
    return { keyId, bytes: Buffer.concat([nonce, bytes]) };
  }

  async unwrap(tenant: string, { keyId, bytes: wrapped }: WrappedBytes, context: string): Promise<Buffer> {
    const [nonce, bytes] = [wrapped.subarray(0, NONCE_BYTES), wrapped.subarray(NONCE_BYTES)];
    const sealing = { label: this.#labelOf(tenant), nonce, associated: Buffer.from(context), bytes };
    return Buffer.from(sealedOf(await this.#run(tenant, { kind: 'decrypt', keyId, ...sealing })).bytes);
  }

  async destroy(tenant: string): Promise<KeyEnd> {
    const destroyed = await this.#run(tenant, { kind: 'destroy', label: this.#labelOf(tenant) });
    return destroyed === 0 ? 'not-there' : 'destroyed';
  }

  [Symbol.dispose](): void {
    this.#token[Symbol.dispose]();
  }

  async #run(tenant: string, task: KeyProcessTask): Promise<KeyProcessResult> {
    try {
      return await this.#token.run(task);
    } catch (cause) {
      throw unavailable(tenant, `the token cannot ${task.kind}: ${(cause as Error).message}`, cause);
    }
  }

  #labelOf(tenant: string): string {
    return `${this.#keyPrefix}${tenant}`;
  }
}

/** Later ones are greater. */
function newKeyId(): Buffer {
  const time = Buffer.alloc(TIME_BYTES);
  time.writeUIntBE(Date.now(), 0, TIME_BYTES);
  return Buffer.concat([time, randomBytes(RANDOM_BYTES)]);
}

function sealedOf(result: KeyProcessResult): Exclude<KeyProcessResult, null | number> {
  if (result !== null && typeof result === 'object') return result;
  throw new TypeError('the key process gave no bytes');
}
