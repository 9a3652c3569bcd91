/**
 * Deploying: the manifest of a version, what the CLI sends to the control API, and the record that gateways and
 * supervisors watch. A version is immutable: its id is the SHA-256 of manifest and bundle.
 */
import { z } from 'zod';
import { functionConfigSchema } from './config.ts';
import { BUNDLE_BYTES } from './limits.ts';
import { nameSchema, variableNameSchema, versionIdSchema } from './names.ts';
import { PROTOCOL_VERSION } from './version.ts';

const version1 = z.literal(PROTOCOL_VERSION);

/** The part of a version besides its code. Key order is fixed by `versionContent`, so equal manifests have equal bytes. */
export const manifestSchema = z.strictObject({
  v: version1,
  config: functionConfigSchema.omit({ $schema: true }),
  /** SHA-256 of the bundle's bytes. */
  bundleSha256: versionIdSchema,
  bundleBytes: z.int().min(1).max(BUNDLE_BYTES),
});
export type Manifest = z.output<typeof manifestSchema>;

/** Body of `PUT /v1/functions/{name}`: all text, so that the request can be read and repeated by hand. */
export const deployRequestSchema = z.strictObject({
  v: version1,
  version: versionIdSchema,
  manifest: manifestSchema,
  /** The bundle: one ES module, UTF-8. */
  bundle: z.string(),
  /** Source map of the bundle (JSON text). */
  sourceMap: z.string(),
});
export type DeployRequest = z.output<typeof deployRequestSchema>;

export const deployResponseSchema = z.strictObject({
  v: version1,
  function: nameSchema,
  version: versionIdSchema,
  /** `unchanged`: this version was current already and nothing was done. */
  result: z.enum(['created', 'updated', 'unchanged']),
  zone: nameSchema,
  urls: z.array(z.string()),
  /** Secrets that the version names and that are not set: it runs without them, its webhooks refuse. */
  missingSecrets: z.array(variableNameSchema),
});
export type DeployResponse = z.output<typeof deployResponseSchema>;

const versionEntrySchema = z.strictObject({
  version: versionIdSchema,
  deployedAt: z.iso.datetime(),
});

/** Record of a function in the KV bucket `functions`, key `functionKey`. Written with compare-and-set only. */
export const functionRecordSchema = z.strictObject({
  v: version1,
  tenant: nameSchema,
  name: nameSchema,
  /** The version that answers. */
  current: versionIdSchema,
  manifest: manifestSchema,
  deployedAt: z.iso.datetime(),
  /** Newest first, the current one included; older ones stay in the object store. */
  versions: z.array(versionEntrySchema).min(1).max(100),
  /** Last version of each secret, deletions included: a node sees when one that it holds is out of date. */
  secretVersions: z.record(variableNameSchema, z.int().min(1)).default({}),
});
export type FunctionRecord = z.output<typeof functionRecordSchema>;

export const FUNCTIONS_BUCKET = 'functions';
export const KEPT_VERSIONS = 100;

export const functionKey = (tenant: string, name: string): string => `${tenant}.${name}`;

/** Object names of a version in the bundle bucket. */
export const bundleObject = (tenant: string, name: string, version: string): string =>
  `${tenant}/${name}/${version}/bundle.mjs`;
export const sourceMapObject = (tenant: string, name: string, version: string): string =>
  `${tenant}/${name}/${version}/bundle.mjs.map`;
export const manifestObject = (tenant: string, name: string, version: string): string =>
  `${tenant}/${name}/${version}/manifest.json`;

/**
 * The bytes whose SHA-256 is the version id: the manifest as JSON with sorted keys. The bundle takes part through
 * `bundleSha256`; the source map does not, because it changes nothing that runs.
 */
export function versionContent(manifest: Manifest): string {
  return JSON.stringify(sortKeys(manifest));
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortKeys(inner)]));
}
