/**
 * Tenants' keys in the transit engine of OpenBao or HashiCorp Vault: it wraps and unwraps, and gives no key out. Each tenant has a key
 * of its own there, `<prefix><tenant>`, of the type aes256-gcm96; rotating is done there, and old versions unwrap until
 * they are retired there.
 *
 * Guarantees: each request ends within a bounded time; what is wrapped is bound to its tenant by the key and to its context as
 * associated data; an answer other than the documented one is `key-unavailable`.
 * Not guaranteed: that a key which was deleted is not made anew by wrapping, where the token's policy lets it create keys by
 * encrypting. docs/encryption.md has the policy that does not.
 * Hostile: the answers. A wrong data key shows when nothing opens with it.
 */
import { KEY_BYTES, type KeyEnd } from '@sovfn/protocol';
import { z } from 'zod';
import { unavailable } from './file-keys.ts';
import type { KeyProvider, WrappedBytes } from './key-provider.ts';
import { type KeyAnswer, type KeyRequest, parseAnswer, reasonOf, sendKeyRequest } from './key-request.ts';

export interface VaultKeysOptions {
  /** Without a slash at its end. */
  readonly url: string;
  /** Where the engine is mounted. */
  readonly mount: string;
  readonly namespace?: string | undefined;
  readonly keyPrefix: string;
  /** Asked for each request: tokens end, and are renewed by something else. */
  readonly readToken: () => Promise<string>;
}

const CIPHERTEXT = /^vault:v(\d{1,9}):[A-Za-z0-9+/=]{1,65536}$/;
const wrappedSchema = z.object({ data: z.object({ ciphertext: z.string().regex(CIPHERTEXT) }) });
const unwrappedSchema = z.object({ data: z.object({ plaintext: z.base64() }) });

const DONE: ReadonlySet<number> = new Set([200, 204]);
const FORBIDDEN = 403;
const NOT_FOUND = 404;

export class VaultKeys implements KeyProvider {
  readonly #options: VaultKeysOptions;

  constructor(options: VaultKeysOptions) {
    this.#options = options;
  }

  /** A key that is there stays as it is. */
  async prepare(tenant: string): Promise<void> {
    await this.#do(tenant, 'make the key', 'POST', `keys/${this.#nameOf(tenant)}`, { type: 'aes256-gcm96' });
  }

  async wrap(tenant: string, key: Buffer, context: string): Promise<WrappedBytes> {
    const name = this.#nameOf(tenant);
    const body = { plaintext: key.toString('base64'), associated_data: toBase64(context) };
    const { data } = await this.#ask(tenant, 'wrap', `encrypt/${name}`, body, wrappedSchema);
    const [, version] = CIPHERTEXT.exec(data.ciphertext)!;
    return { keyId: `${name}:v${version}`, bytes: Buffer.from(data.ciphertext) };
  }

  async unwrap(tenant: string, { bytes }: WrappedBytes, context: string): Promise<Buffer> {
    const body = { ciphertext: bytes.toString('utf8'), associated_data: toBase64(context) };
    const { data } = await this.#ask(tenant, 'unwrap', `decrypt/${this.#nameOf(tenant)}`, body, unwrappedSchema);
    const key = Buffer.from(data.plaintext, 'base64');
    if (key.length === KEY_BYTES) return key;
    throw unavailable(tenant, `${this.#where} gave ${key.length} bytes; a data key has ${KEY_BYTES}`);
  }

  /** Where the token may not delete keys, the key is its owner's to destroy. */
  async destroy(tenant: string): Promise<KeyEnd> {
    const path = `keys/${this.#nameOf(tenant)}`;
    const found = await this.#send(tenant, 'find the key', { method: 'GET', path });
    if (found.status === NOT_FOUND) return 'not-there';
    const allowed = await this.#send(tenant, 'release the key', {
      ...{ method: 'POST', path: `${path}/config` },
      body: { deletion_allowed: true },
    });
    if (allowed.status === FORBIDDEN) return 'held-by-owner';
    const removed = await this.#send(tenant, 'delete the key', { method: 'DELETE', path });
    if (removed.status === FORBIDDEN) return 'held-by-owner';
    if (DONE.has(removed.status)) return 'destroyed';
    throw this.#refused(tenant, 'delete the key', new Error(`it answered ${removed.status}`));
  }

  async #do(tenant: string, what: string, method: 'POST', path: string, body: object): Promise<void> {
    const { status } = await this.#send(tenant, what, { method, path, body });
    if (!DONE.has(status)) throw this.#refused(tenant, what, new Error(`it answered ${status}`));
  }

  async #ask<T>(tenant: string, what: string, path: string, body: object, schema: z.ZodType<T>): Promise<T> {
    const answer = await this.#send(tenant, what, { method: 'POST', path, body });
    try {
      return parseAnswer(answer, schema);
    } catch (cause) {
      throw this.#refused(tenant, what, cause);
    }
  }

  async #send(
    tenant: string,
    what: string,
    { path, ...request }: Pick<KeyRequest, 'method' | 'body'> & { readonly path: string },
  ): Promise<KeyAnswer> {
    const { url, mount, namespace, readToken } = this.#options;
    try {
      const headers = {
        'x-vault-token': await readToken(),
        'x-vault-request': 'true',
        ...(namespace !== undefined && { 'x-vault-namespace': namespace }),
      };
      return await sendKeyRequest({ ...request, url: `${url}/v1/${mount}/${path}`, headers });
    } catch (cause) {
      throw this.#refused(tenant, what, cause);
    }
  }

  #refused(tenant: string, what: string, cause: unknown): Error {
    return unavailable(tenant, `${this.#where} cannot ${what}: ${reasonOf(cause)}`, cause);
  }

  #nameOf(tenant: string): string {
    return `${this.#options.keyPrefix}${tenant}`;
  }

  get #where(): string {
    return `the transit engine at ${new URL(this.#options.url).origin}`;
  }
}

function toBase64(text: string): string {
  return Buffer.from(text).toString('base64');
}
