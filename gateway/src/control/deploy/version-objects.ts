/**
 * The objects of a version in the bundle bucket: code, source map, manifest. Their names hold the version's hash, so
 * equal names mean equal content: what is there already is left, and what was damaged or lost is put back.
 */
import { createHash } from 'node:crypto';
import {
  BUNDLE_BYTES,
  bundleObject,
  codePlace,
  type DeployRequest,
  type ExportedCode,
  isSovfnError,
  type Manifest,
  manifestObject,
  manifestSchema,
  PROTOCOL_VERSION,
  shortVersion,
  SovfnError,
  sourceMapObject,
  versionContent,
} from '@sovfn/protocol';
import { type DataKeySource, isSealed, open, PIECE_OVERHEAD, seal } from '@sovfn/bus/encryption';
import type { ObjectStore } from '@sovfn/store';
import type { FunctionName } from '../../outputs/output-address.ts';

export interface VersionObjectsOptions {
  readonly store: ObjectStore;
  readonly bucket: string;
  readonly keys: DataKeySource;
}

const MANIFEST_BYTES = 1024 * 1024;
/** As large as a deploy request may be. */
const SOURCE_MAP_BYTES = 48 * 1024 * 1024;

export class VersionObjects {
  readonly #store: ObjectStore;
  readonly #bucket: string;
  readonly #keys: DataKeySource;

  constructor({ store, bucket, keys }: VersionObjectsOptions) {
    this.#store = store;
    this.#bucket = bucket;
    this.#keys = keys;
  }

  /** Resolves when all three are in the store, byte for byte; code and source map encrypted. Throws `key-unavailable` too. */
  async ensure(tenant: string, request: DeployRequest): Promise<void> {
    const { version, manifest, bundle, sourceMap } = request;
    const { name } = manifest.config;
    const of = { tenant, function: name };
    await Promise.all([
      this.#ensureSealed(of, bundleObject(tenant, name, version), bundle),
      this.#ensureSealed(of, sourceMapObject(tenant, name, version), sourceMap),
      this.#ensureObject(manifestObject(tenant, name, version), versionContent(manifest), 'application/json'),
    ]);
  }

  /** The manifest of a version, as it was deployed. Throws `version-not-found` when it is gone, or not what its hash says. */
  async manifest(tenant: string, name: string, version: string): Promise<Manifest> {
    return manifestSchema.parse(JSON.parse(await this.#manifestText(tenant, name, version)));
  }

  /** What was deployed as a version, byte for byte. Throws `version-not-found` when it is gone or altered, `key-unavailable`. */
  async code(tenant: string, name: string, version: string): Promise<ExportedCode> {
    const of = { tenant, function: name };
    const [manifest, bundle, sourceMap] = await Promise.all([
      this.#manifestText(tenant, name, version),
      this.#opened(of, bundleObject(tenant, name, version), BUNDLE_BYTES),
      this.#opened(of, sourceMapObject(tenant, name, version), SOURCE_MAP_BYTES),
    ]);
    if (bundle === null || sourceMap === null) throw gone(name, version);
    const { bundleSha256 } = manifestSchema.parse(JSON.parse(manifest));
    if (sha256(bundle) !== bundleSha256) throw gone(name, version);
    const text = { manifest, bundle: bundle.toString('utf8'), sourceMap: sourceMap.toString('utf8') };
    return { v: PROTOCOL_VERSION, function: name, version, ...text };
  }

  async #manifestText(tenant: string, name: string, version: string): Promise<string> {
    const bytes = await this.#read(manifestObject(tenant, name, version), MANIFEST_BYTES);
    if (bytes === null || sha256(bytes) !== version) throw gone(name, version);
    return bytes.toString('utf8');
  }

  /** Null: it is gone, larger, or not what was sealed. What is from before code was encrypted lies there in clear. */
  async #opened(of: FunctionName, object: string, maxBytes: number): Promise<Buffer | null> {
    const held = await this.#read(object, maxBytes + PIECE_OVERHEAD);
    return held === null || !isSealed(held) ? held : this.#open(of, object, held);
  }

  async #open(of: FunctionName, object: string, held: Buffer): Promise<Buffer | null> {
    try {
      return await open(this.#keys, codePlace(of, object), held);
    } catch (error) {
      if (isSovfnError(error) && error.code === 'data-unreadable') return null;
      throw error;
    }
  }

  /** Removes every version of a function. */
  async purge(tenant: string, name: string): Promise<void> {
    await this.#store.removePrefix(this.#bucket, `${tenant}/${name}/`);
  }

  async #ensureSealed(of: FunctionName, object: string, content: string): Promise<void> {
    const bytes = Buffer.from(content);
    if (await this.#holdsSealed(of, object, bytes)) return;
    const sealed = await seal(this.#keys, codePlace(of, object), bytes);
    await this.#store.put(this.#bucket, object, sealed, { contentType: 'application/octet-stream' });
  }

  /** What lies there in clear, from before code was encrypted, is replaced. */
  async #holdsSealed(of: FunctionName, object: string, bytes: Buffer): Promise<boolean> {
    const held = await this.#read(object, bytes.length + PIECE_OVERHEAD);
    if (held === null || !isSealed(held)) return false;
    const opened = await this.#open(of, object, held);
    return opened !== null && bytes.equals(opened);
  }

  async #ensureObject(object: string, content: string, contentType: string): Promise<void> {
    const bytes = Buffer.from(content);
    if (await this.#holds(object, bytes)) return;
    await this.#store.put(this.#bucket, object, bytes, { contentType });
  }

  async #holds(object: string, bytes: Buffer): Promise<boolean> {
    const held = await this.#read(object, bytes.length);
    return held !== null && bytes.equals(held);
  }

  /** Null when there is no such object, or a larger one. */
  async #read(object: string, maxBytes: number): Promise<Buffer | null> {
    try {
      return await this.#store.get(this.#bucket, object, { maxBytes });
    } catch (error) {
      const isOther = isSovfnError(error) && (error.code === 'not-found' || error.code === 'object-too-large');
      if (isOther) return null;
      throw error;
    }
  }
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function gone(name: string, version: string): SovfnError {
  return new SovfnError(
    'version-not-found',
    `the code of version ${shortVersion(version)} of "${name}" is no longer in the object store as it was deployed`,
    { hint: 'Deploy it again from its source.' },
  );
}
