/**
 * The objects of a version in the bundle bucket: code, source map, manifest. Their names hold the version's hash, so
 * equal names mean equal content: what is there already is left, and what was damaged or lost is put back.
 */
import {
  bundleObject,
  type DeployRequest,
  isSovfnError,
  manifestObject,
  sourceMapObject,
  versionContent,
} from '@sovfn/protocol';
import type { ObjectStore } from '@sovfn/store';

export interface VersionObjectsOptions {
  readonly store: ObjectStore;
  readonly bucket: string;
}

export class VersionObjects {
  readonly #store: ObjectStore;
  readonly #bucket: string;

  constructor({ store, bucket }: VersionObjectsOptions) {
    this.#store = store;
    this.#bucket = bucket;
  }

  /** Resolves when all three are in the store, byte for byte. */
  async ensure(tenant: string, request: DeployRequest): Promise<void> {
    const { version, manifest, bundle, sourceMap } = request;
    const { name } = manifest.config;
    await Promise.all([
      this.#ensureObject(bundleObject(tenant, name, version), bundle, 'text/javascript'),
      this.#ensureObject(sourceMapObject(tenant, name, version), sourceMap, 'application/json'),
      this.#ensureObject(manifestObject(tenant, name, version), versionContent(manifest), 'application/json'),
    ]);
  }

  /** Removes every version of a function. */
  async purge(tenant: string, name: string): Promise<void> {
    await this.#store.removePrefix(this.#bucket, `${tenant}/${name}/`);
  }

  async #ensureObject(object: string, content: string, contentType: string): Promise<void> {
    const bytes = Buffer.from(content);
    if (await this.#holds(object, bytes)) return;
    await this.#store.put(this.#bucket, object, bytes, { contentType });
  }

  async #holds(object: string, bytes: Buffer): Promise<boolean> {
    try {
      return bytes.equals(await this.#store.get(this.#bucket, object, { maxBytes: bytes.length }));
    } catch (error) {
      const isOther = isSovfnError(error) && (error.code === 'not-found' || error.code === 'object-too-large');
      if (isOther) return false;
      throw error;
    }
  }
}
