import { isSovfnError, outputBodyObject, outputMetaObject, outputMetaSchema, packHeaders } from '@sovfn/protocol';
import type { DataKeySource } from '@sovfn/bus/encryption';
import type { ObjectStore } from '@sovfn/store';
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

const META_BYTES = 1024 * 1024;
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
    const meta = await this.#readMeta(prefix);
    if (meta === null) return null;
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

  async #readMeta(prefix: string) {
    try {
      const options = { maxBytes: META_BYTES, timeoutMs: READ_MS };
      const bytes = await this.#store.get(this.#bucket, outputMetaObject(prefix), options);
      return await openedMeta(this.#keys, outputMetaSchema.parse(JSON.parse(bytes.toString('utf8'))));
    } catch (error) {
      if (isSovfnError(error) && error.code === 'not-found') return null;
      throw error;
    }
  }
}
