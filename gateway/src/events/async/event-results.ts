import { outputBodyObject, packHeaders } from '@sovfn/protocol';
import type { DataKeySource } from '@sovfn/bus/encryption';
import type { ObjectStore } from '@sovfn/store';
import { readDescription } from '../../outputs/descriptions.ts';
import { openedBody, openedMeta } from '../../outputs/sealed-output.ts';

/** A kept response of an event's run. */
export interface EventResult {
  readonly status: number;
  readonly headerBlock: string;
  readonly contentType: string | null;
  readonly bytes: number;
  /** To be read once. */
  readonly body: () => AsyncGenerator<Buffer>;
}

const READ_MS = 10_000;

/** Reads what events left in the object store. */
export class EventResults {
  readonly #store: ObjectStore;
  readonly #bucket: string;
  readonly #keys: DataKeySource;

  constructor(store: ObjectStore, bucket: string, keys: DataKeySource) {
    this.#store = store;
    this.#bucket = bucket;
    this.#keys = keys;
  }

  /** `prefix`: of the output's objects, as the event's record names it. Null: removed. Throws `store-` or `key-unavailable`. */
  async open(prefix: string): Promise<EventResult | null> {
    const stored = await readDescription({ store: this.#store, bucket: this.#bucket }, prefix);
    if (stored === null) return null;
    const meta = await openedMeta(this.#keys, stored);
    const { status, headers, contentType, bytes } = meta;
    const object = outputBodyObject(prefix);
    return {
      status,
      headerBlock: packHeaders(headers),
      contentType,
      bytes,
      body: () => openedBody(this.#keys, meta, this.#store.getStream(this.#bucket, object, { timeoutMs: READ_MS })),
    };
  }
}
