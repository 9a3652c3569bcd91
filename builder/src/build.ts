/**
 * Makes a version of a function folder: one ES module, its source map, its manifest. Guaranteed: the same sources give
 * the same version on every machine, and the bundle compiles in the V8 of this Node, which is that of the nodes.
 */
import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import type { FunctionConfig, FunctionLimits, Manifest } from '@sovfn/protocol';
import { versionContent } from '@sovfn/protocol/version-content';
import { PROTOCOL_VERSION } from '@sovfn/protocol/version';
import { assertBundleSize } from './bundle/size.ts';
import { bundleFunction } from './bundle/bundle.ts';
import { assertCompiles } from './bundle/compiles.ts';
import type { KeptPackages } from './bundle/kept-packages.ts';
import { assertNoSecrets } from './bundle/embedded-secrets.ts';
import { findMain } from './config/main-file.ts';
import { CONFIG_FILE, readConfigDocument } from './config/read-config.ts';
import type { InputFile } from './sbom/packages.ts';

export interface Build {
  readonly config: FunctionConfig;
  readonly manifest: Manifest;
  /** SHA-256 of the manifest's content, which holds that of the bundle. */
  readonly version: string;
  /** ES module text in the form that `toScriptForm` takes. */
  readonly bundle: string;
  /** Source map of the bundle (JSON text). Its sources are relative to the folder. */
  readonly sourceMap: string;
  /** Files that the version was made from, relative to the folder, sorted; with those of packages above it (`../…`). */
  readonly inputs: readonly string[];
  /** Of these, the ones that esbuild read, with the bytes that each has in the bundle. */
  readonly inputSizes: readonly InputFile[];
  readonly durationMs: number;
  /** `file:line:column: text` each. */
  readonly warnings: readonly string[];
}

export interface BuildOptions {
  /** Values in place of those that `vars` of `sovfn.jsonc` has; names that it has not are left out. */
  readonly vars?: Readonly<Record<string, string>>;
  /** In place of those that `sovfn.jsonc` has. */
  readonly limits?: Partial<FunctionLimits>;
  /** False: the source map names the sources without their text, which is most of it. Stacks need no more. Default: true. */
  readonly mapsText?: boolean;
  /** For somebody who builds the same folder again and again: what builds of it keep for the next. */
  readonly packages?: KeptPackages;
}

/**
 * Builds the function in `folder`.
 *
 * @throws SovfnError `config-not-found`, `config-invalid`, `unsupported-import`, `build-failed`, `bundle-too-large`,
 * `secret-in-bundle`.
 */
export async function buildFunction(folder: string, options: BuildOptions = {}): Promise<Build> {
  const { vars = {}, limits = {}, mapsText = true, packages = null } = options;
  const startedAt = performance.now();
  const { config: written, document } = await readConfigDocument(folder);
  const config = {
    ...written,
    vars: withValues(written.vars, vars),
    limits: { ...written.limits, ...limits },
  };
  const root = await realpath(folder);
  const main = await findMain(root, config.main, document);
  const { bundle, sourceMap, inputs, sizes, warnings, inputSizes } = await bundleFunction(root, main, {
    vars: config.vars,
    hasWebAssembly: config.limits.wasmMemoryMb !== undefined,
    mapsText,
    packages,
  });
  assertBundleSize(bundle, sizes);
  assertNoSecrets({ bundle, sourceMap, vars: config.vars });
  assertCompiles(bundle, sourceMap, config.name);
  const manifest = makeManifest(config, bundle);
  return {
    config,
    manifest,
    version: sha256(versionContent(manifest)),
    bundle,
    sourceMap,
    inputs: [CONFIG_FILE, ...inputs].toSorted(),
    inputSizes,
    durationMs: performance.now() - startedAt,
    warnings,
  };
}

function makeManifest({ $schema: _, ...config }: FunctionConfig, bundle: string): Manifest {
  return { v: PROTOCOL_VERSION, config, bundleSha256: sha256(bundle), bundleBytes: Buffer.byteLength(bundle) };
}

type Values = Readonly<Record<string, string>>;

function withValues(written: Values, others: Values): Record<string, string> {
  return Object.fromEntries(Object.entries(written).map(([name, value]) => [name, others[name] ?? value]));
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
