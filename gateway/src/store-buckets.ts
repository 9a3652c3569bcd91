import type { ObjectStore } from '@sovfn/store';

const RETRY_MS = 2_000;

/**
 * Makes the gateway's buckets where they do not exist. The store may be down when a gateway starts: calls do not need
 * it, so the gateway goes on, and tries again until the buckets are there.
 */
export class StoreBuckets {
  readonly #store: ObjectStore;
  readonly #names: readonly string[];
  readonly #onFailed: (error: unknown) => void;
  #retry: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(store: ObjectStore, names: readonly string[], onFailed: (error: unknown) => void) {
    this.#store = store;
    this.#names = names;
    this.#onFailed = onFailed;
  }

  /** Tries once, within the store's own time limits; a failure is reported and tried again later. */
  async ensure(): Promise<void> {
    try {
      for (const name of this.#names) await this.#store.ensureBucket(name);
    } catch (error) {
      if (this.#isClosed) return;
      this.#onFailed(error);
      this.#retry = setTimeout(() => void this.ensure(), RETRY_MS);
    }
  }

  close(): void {
    this.#isClosed = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
  }
}
