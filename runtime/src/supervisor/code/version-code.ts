import { toScriptForm } from '@sovfn/builder/script';
import type { DataKey } from '@sovfn/bus/encryption';
import { type FunctionLimits, type Manifest, type SecretUse, secretUses } from '@sovfn/protocol';
import type { ManifestGrants } from '../bindings/grants.ts';
import type { BundleStore, VersionName } from './bundle-store.ts';
import type { HeldSecrets, SecretReader } from '../secrets/secret-reader.ts';
import type { NodeKeys } from '../keys/node-keys.ts';
import type { VersionTrust } from '../signers/version-trust.ts';
import type { CodeCache } from './code-cache.ts';

/** Everything a cell needs to run a version. */
export interface VersionCode {
  /** The only zone it may run in. */
  readonly residency: string;
  readonly limits: FunctionLimits;
  readonly vars: Readonly<Record<string, string>>;
  readonly secrets: HeldSecrets;
  /** What its code does with them. */
  readonly secretUses: readonly SecretUse[];
  /** Under which its log is sealed. */
  readonly logKey: DataKey;
  /** What it may reach. */
  readonly grants: ManifestGrants;
  /** Script form, UTF-8. */
  readonly script: Buffer;
  /** V8 code cache of the script; empty when there is none yet. */
  readonly cache: Buffer;
  /** JSON text; empty when there is none. */
  readonly sourceMap: Buffer;
}

export interface VersionCodeOptions {
  readonly bundles: BundleStore;
  readonly codeCache: CodeCache;
  readonly secrets: SecretReader;
  readonly keys: NodeKeys;
  readonly trust: Pick<VersionTrust, 'assertTrusted'>;
}

const NO_CACHE = Buffer.alloc(0);

/** Gets versions ready to run: published bundle, script form (concatenated here: nothing worth keeping), code cache. */
export class VersionCodes {
  readonly #options: VersionCodeOptions;
  readonly #preparing = new Map<string, Promise<VersionCode>>();

  constructor(options: VersionCodeOptions) {
    this.#options = options;
  }

  /**
   * The code of a version. The first load on this node goes without a code cache, which is compiled meanwhile for the
   * next one: a cell compiles the script as fast as the compile process (5 ms for 142 KB), so waiting gains nothing.
   * Concurrent callers share one load. Throws as `BundleStore.load` and
   * `SecretReader.read`, `key-unavailable`, and `version-untrusted` before anything of it is read.
   */
  async prepare(name: VersionName, known: Manifest | null): Promise<VersionCode> {
    this.#options.trust.assertTrusted(name);
    const key = `${name.tenant}/${name.function}/${name.version}`;
    const running = this.#preparing.get(key);
    if (running !== undefined) return running;
    const preparing = this.#prepare(name, known).finally(() => this.#preparing.delete(key));
    this.#preparing.set(key, preparing);
    return preparing;
  }

  async #prepare(name: VersionName, known: Manifest | null): Promise<VersionCode> {
    const { manifest, bundle, sourceMap } = await this.#options.bundles.load(name, known);
    const { residency, limits, vars, egress, bindings } = manifest.config;
    const uses = secretUses(manifest.config);
    const script = Buffer.from(toScriptForm(bundle.toString('utf8')).script, 'utf8');
    const [cache, secrets, logKey] = await Promise.all([
      this.#options.codeCache.read(script),
      this.#options.secrets.read(
        residency,
        name,
        uses.map((use) => use.name),
      ),
      this.#options.keys.inZone(residency).newest(name.tenant, 'logs'),
    ]);
    // `readOrMake` never rejects: a script that cannot be compiled is reported and runs without a cache.
    if (cache === null) void this.#options.codeCache.readOrMake(script);
    const grants = { egress, bindings: new Map(Object.entries(bindings)) };
    const parts = { script, cache: cache ?? NO_CACHE, sourceMap };
    return { residency, limits, vars, secrets, secretUses: uses, logKey, grants, ...parts };
  }
}
