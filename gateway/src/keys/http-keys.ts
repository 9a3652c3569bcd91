/**
 * Keys that their owner holds ("hold your own key"): a service of the tenant's wraps and unwraps, and gives no key out.
 * docs/encryption.md describes what it answers.
 *
 * Guarantees: each request ends within a bounded time; an answer other than 200 with the agreed form is `key-unavailable`.
 * Hostile: the answers. A wrong data key shows when nothing opens with it.
 */
import { KEY_BYTES, type KeyEnd } from '@sovfn/protocol';
import { z } from 'zod';
import { unavailable } from './file-keys.ts';
import type { KeyProvider, WrappedBytes } from './key-provider.ts';
import { parseAnswer, reasonOf, sendKeyRequest } from './key-request.ts';

export interface HttpKeysOptions {
  /** Without a slash at its end. */
  readonly url: string;
  /** Sent as a bearer token. */
  readonly token: string;
}

const wrappedSchema = z.object({ keyId: z.string().min(1).max(512), wrapped: z.base64().min(1).max(65_536) });
const unwrappedSchema = z.object({ key: z.base64() });

export class HttpKeys implements KeyProvider {
  readonly #options: HttpKeysOptions;

  constructor(options: HttpKeysOptions) {
    this.#options = options;
  }

  /** The tenant's key is its owner's to make. */
  async prepare(): Promise<void> {}

  /** What it wrapped is erased here; the key itself is its owner's to destroy. */
  destroy(): Promise<KeyEnd> {
    return Promise.resolve('held-by-owner');
  }

  async wrap(tenant: string, key: Buffer, context: string): Promise<WrappedBytes> {
    const body = { v: 1, tenant, context, key: key.toString('base64') };
    const { keyId, wrapped } = await this.#ask(tenant, 'wrap', body, wrappedSchema);
    return { keyId, bytes: Buffer.from(wrapped, 'base64') };
  }

  async unwrap(tenant: string, { keyId, bytes }: WrappedBytes, context: string): Promise<Buffer> {
    const body = { v: 1, tenant, context, keyId, wrapped: bytes.toString('base64') };
    const key = Buffer.from((await this.#ask(tenant, 'unwrap', body, unwrappedSchema)).key, 'base64');
    if (key.length === KEY_BYTES) return key;
    throw unavailable(tenant, `its key service gave ${key.length} bytes; a data key has ${KEY_BYTES}`);
  }

  async #ask<T>(tenant: string, what: 'wrap' | 'unwrap', body: object, schema: z.ZodType<T>): Promise<T> {
    const { url, token } = this.#options;
    const headers = { authorization: `Bearer ${token}` };
    try {
      return parseAnswer(await sendKeyRequest({ method: 'POST', url: `${url}/v1/${what}`, headers, body }), schema);
    } catch (cause) {
      throw unavailable(tenant, `its key service at ${new URL(url).origin} cannot ${what}: ${reasonOf(cause)}`, cause);
    }
  }
}
