import { join } from 'node:path';
import type { ObjectStore } from '@sovfn/store';
import { Compiler } from '../../compile/compiler.ts';
import { CELL_NODE_FLAGS } from '../cells/cell-flags.ts';
import type { NodeKeys } from '../keys/node-keys.ts';
import type { SupervisorEvents } from '../events.ts';
import { BundleStore } from './bundle-store.ts';
import { CacheDirectory } from './cache-directory.ts';
import { CodeCache, codeTarget } from './code-cache.ts';
import { readOrMakeSealKey, SealedFiles } from './sealed-files.ts';
import type { SecretReader } from '../secrets/secret-reader.ts';
import type { VersionTrust } from '../signers/version-trust.ts';
import { VersionCodes } from './version-code.ts';

export interface CodeStorage extends Disposable {
  readonly codeCache: CodeCache;
  readonly codes: VersionCodes;
}

export interface CodeStorageOptions {
  readonly directory: string;
  /** File of the compile process. */
  readonly compilerProgram: string;
  readonly store: ObjectStore;
  /** Bucket of the bundles. */
  readonly bucket: string;
  readonly events: SupervisorEvents;
  readonly secrets: SecretReader;
  readonly keys: NodeKeys;
  readonly trust: VersionTrust;
}

const GIB = 1024 * 1024 * 1024;

/** Opens this node's caches of code on disk, and what fills them. One process per directory. */
export async function openCodeStorage(options: CodeStorageOptions): Promise<CodeStorage> {
  const { directory, compilerProgram, store, bucket, events, keys } = options;
  const onTampered = (where: string): void => events.tampered(where);
  const bundles = await CacheDirectory.open(join(directory, 'bundles'), GIB);
  const sealed = await CacheDirectory.open(join(directory, 'encrypted'), GIB);
  const key = await readOrMakeSealKey(join(directory, 'seal.key'));
  const files = new SealedFiles({ directory: sealed, key, onTampered });
  const compiler = new Compiler({ program: compilerProgram, nodeFlags: CELL_NODE_FLAGS });
  const codeCache = new CodeCache({
    files,
    compiler,
    target: codeTarget(CELL_NODE_FLAGS),
    onFailed: (reason) => events.notCompiled(reason),
  });
  const onNotKept = (reason: string): void => events.notKept(reason);
  const bundleStore = new BundleStore({ store, bucket, keys, bundles, sourceMaps: files, onTampered, onNotKept });
  return {
    codeCache,
    codes: new VersionCodes({ bundles: bundleStore, codeCache, secrets: options.secrets, keys, trust: options.trust }),
    [Symbol.dispose]: () => compiler.close(),
  };
}
