import type { KeyEnd } from '@sovfn/protocol';

/**
 * Keeps the keys of tenants, and wraps data keys under them: a file, or a service that holds the key and never gives it out.
 * A provider answers for a tenant's key as it is now: one that was revoked unwraps nothing any more.
 */
export interface KeyProvider {
  /** Makes the tenant's key unusable for ever, as far as that is the provider's to do. */
  destroy(tenant: string): Promise<KeyEnd>;
  /** Makes the tenant's key if it has none. Called before the tenant's first data key only. Throws `key-unavailable`. */
  prepare(tenant: string): Promise<void>;
  /** Under the tenant's current key. Throws `key-unavailable`. */
  wrap(tenant: string, key: Buffer, context: string): Promise<WrappedBytes>;
  /** Throws `key-unavailable`, also when it was not wrapped by a key of the tenant, or for another context. */
  unwrap(tenant: string, wrapped: WrappedBytes, context: string): Promise<Buffer>;
}

export interface WrappedBytes {
  /** As the provider calls the key that wrapped it. */
  readonly keyId: string;
  readonly bytes: Buffer;
}
