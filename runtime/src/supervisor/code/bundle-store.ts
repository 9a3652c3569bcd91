/**
 * Code of deployed versions: from the object store once, then from this node's disk.
 *
 * Guarantees: manifest and bundle are those whose SHA-256 the version id names, however they were stored; what fails the
 * check is reported, never kept and never run.
 * Does not guarantee the source map: no published hash covers it; it only names lines in stack traces.
 * Hostile: the object store's answers and the files on the disk.
 */
import { createHash } from 'node:crypto';
import { type DataKeySource, isSealed, open, PIECE_OVERHEAD } from '@sovfn/bus/encryption';
import {
  BUNDLE_BYTES,
  bundleObject,
  codePlace,
  isSovfnError,
  type Manifest,
  manifestObject,
  manifestSchema,
  SovfnError,
  sourceMapObject,
  versionContent,
  jsonOrNull,
} from '@sovfn/protocol';
import type { ObjectStore } from '@sovfn/store';
import type { NodeKeys } from '../keys/node-keys.ts';
import type { CacheDirectory } from './cache-directory.ts';
import type { SealedFiles } from './sealed-files.ts';

export interface VersionName {
  readonly tenant: string;
  readonly function: string;
  /** The full version id. */
  readonly version: string;
}

/** A version as it was published. */
export interface StoredVersion {
  readonly manifest: Manifest;
  /** One ES module, UTF-8. */
  readonly bundle: Buffer;
  /** JSON text; empty when there is none. */
  readonly sourceMap: Buffer;
}

export interface BundleStoreOptions {
  readonly store: Pick<ObjectStore, 'get'>;
  readonly bucket: string;
  readonly keys: Pick<NodeKeys, 'inZone'>;
  /** Bundles as they are stored, by the SHA-256 of their object's name. */
  readonly bundles: CacheDirectory;
  readonly sourceMaps: SealedFiles;
  /** An object or a cached file is not what its hash says. */
  readonly onTampered: (where: string) => void;
  /** Something could not be written to this node's disk; it is read from the object store again next time. */
  readonly onNotKept: (reason: string) => void;
}

/** A source map is a few times its bundle. Bytes. */
const SOURCE_MAP_BYTES = 4 * BUNDLE_BYTES;
const MANIFEST_BYTES = 1024 * 1024;
const READ_MS = 10_000;

export class BundleStore {
  readonly #options: BundleStoreOptions;

  constructor(options: BundleStoreOptions) {
    this.#options = options;
  }

  /**
   * Loads a version. `known` is its manifest when the caller has one (the function's record holds the current one's); one that
   * is not what the version id names is not used: the record may have been read by a newer version of the platform.
   * Throws SovfnError: `bad-bundle` for wrong bytes, else what the object store said (`not-found`, `store-unavailable`, …).
   */
  async load(name: VersionName, known: Manifest | null): Promise<StoredVersion> {
    const manifest = known !== null && isManifestOf(name.version, known) ? known : await this.#fetchManifest(name);
    const keys = this.#options.keys.inZone(manifest.config.residency);
    const [bundle, sourceMap] = await Promise.all([this.#bundle(name, manifest, keys), this.#sourceMap(name, keys)]);
    return { manifest, bundle, sourceMap };
  }

  async #fetchManifest(name: VersionName): Promise<Manifest> {
    const object = manifestObject(name.tenant, name.function, name.version);
    const stored = jsonOrNull((await this.#fetch(object, MANIFEST_BYTES)).toString('utf8'));
    const parsed = manifestSchema.safeParse(stored);
    if (!parsed.success) throw this.#tampered(object, 'is no manifest');
    // As it was stored: the schema adds what did not exist then.
    if (!isManifestOf(name.version, stored as StoredManifest)) {
      throw this.#tampered(object, 'does not have the version id as its hash');
    }
    return parsed.data;
  }

  async #bundle(name: VersionName, manifest: Manifest, keys: DataKeySource): Promise<Buffer> {
    const object = bundleObject(name.tenant, name.function, name.version);
    const file = sha256(Buffer.from(object));
    const kept = await this.#options.bundles.read(file);
    if (kept !== null) {
      const bundle = await this.#opened(keys, name, object, kept);
      if (bundle !== null && sha256(bundle) === manifest.bundleSha256) return bundle;
      this.#options.onTampered(`cached bundle ${manifest.bundleSha256}`);
      await this.#options.bundles.remove(file);
    }
    const stored = await this.#fetch(object, BUNDLE_BYTES + PIECE_OVERHEAD);
    const bundle = await this.#opened(keys, name, object, stored);
    if (bundle === null || sha256(bundle) !== manifest.bundleSha256)
      throw this.#tampered(object, 'does not have the hash its manifest says');
    await this.#keep(this.#options.bundles, file, stored);
    return bundle;
  }

  /** Null for what cannot be decrypted. What was stored before code was encrypted is taken as it is. */
  async #opened(keys: DataKeySource, name: VersionName, object: string, stored: Buffer): Promise<Buffer | null> {
    if (!isSealed(stored)) return stored;
    try {
      return await open(keys, codePlace(name, object), stored);
    } catch (error) {
      if (isSovfnError(error) && error.code === 'data-unreadable') return null;
      throw error;
    }
  }

  async #sourceMap(name: VersionName, keys: DataKeySource): Promise<Buffer> {
    const object = sourceMapObject(name.tenant, name.function, name.version);
    const file = sha256(Buffer.from(object));
    const kept = await this.#options.sourceMaps.read(file);
    if (kept !== null) return kept;
    try {
      const stored = await this.#fetch(object, SOURCE_MAP_BYTES);
      const sourceMap = (await this.#opened(keys, name, object, stored)) ?? Buffer.alloc(0);
      await this.#keep(this.#options.sourceMaps, file, sourceMap);
      return sourceMap;
    } catch (error) {
      // A function runs as well without: its stack traces then name lines of the bundle.
      if (isSovfnError(error)) return Buffer.alloc(0);
      throw error;
    }
  }

  async #fetch(object: string, maxBytes: number): Promise<Buffer> {
    try {
      return await this.#options.store.get(this.#options.bucket, object, { maxBytes, timeoutMs: READ_MS });
    } catch (error) {
      if (isSovfnError(error) && error.code === 'object-too-large') {
        throw this.#tampered(object, `has more than ${maxBytes} bytes`);
      }
      throw error;
    }
  }

  async #keep(cache: Pick<CacheDirectory, 'write'>, name: string, content: Buffer): Promise<void> {
    try {
      await cache.write(name, content);
    } catch (error) {
      this.#options.onNotKept(String(error));
    }
  }

  #tampered(object: string, what: string): SovfnError {
    this.#options.onTampered(object);
    return new SovfnError('bad-bundle', `the stored object ${object} ${what}`, {
      hint: 'Deploy the function again, and find out who wrote to the bundle bucket.',
    });
  }
}

type StoredManifest = Parameters<typeof versionContent>[0];

/** Is it, with all its settings, what the version id was made of? */
export function isManifestOf(version: string, manifest: StoredManifest): boolean {
  return sha256(Buffer.from(versionContent(manifest))) === version;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
