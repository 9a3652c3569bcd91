import { createSecretKey, type KeyObject } from 'node:crypto';
import { type DataKeyName, KEY_BYTES, type KeyPurpose } from '@sovfn/protocol';

/** A data key that is ready for use. */
export class DataKey {
  readonly name: DataKeyName;
  readonly secret: KeyObject;
  /** Pieces that were sealed with it here: its nonces are random, so their number is bounded. */
  sealed = 0;

  /** `bytes` are copied: whoever has them may overwrite them. */
  constructor(name: DataKeyName, bytes: Uint8Array) {
    if (bytes.length !== KEY_BYTES) throw new RangeError(`a data key has ${KEY_BYTES} bytes, not ${bytes.length}`);
    this.name = name;
    this.secret = createSecretKey(bytes);
  }
}

/**
 * Where data keys come from: at once when they are held, else a promise. Both throw, or reject with, `key-unavailable`
 * when the tenant's key cannot be used now; and `get` with `data-unreadable` when there is no such key.
 */
export interface DataKeySource {
  /** For what is to be sealed. */
  newest(tenant: string, purpose: KeyPurpose): DataKey | Promise<DataKey>;
  /** For what was sealed. */
  get(name: DataKeyName): DataKey | Promise<DataKey>;
}

/** Runs `use` at once when the key is held: hot paths pay for no promise. */
export function withKey<T>(key: DataKey | Promise<DataKey>, use: (key: DataKey) => T): T | Promise<T> {
  return key instanceof DataKey ? use(key) : key.then(use);
}
