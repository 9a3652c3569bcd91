/**
 * Deploying: the manifest of a version, what the CLI sends to the control API, and the record that gateways and
 * supervisors watch. A version is immutable: its id is the SHA-256 of manifest and bundle.
 */
import { z } from 'zod';
import { functionConfigSchema } from './config.ts';
import { BUNDLE_BYTES, functionLimitsSchema } from './limits.ts';
import { nameSchema, variableNameSchema, versionIdSchema } from './names.ts';
import { releaseSchema, splitSchema } from './splits.ts';
import { type NamedZone, namedZoneSchema } from './trust/named-zones.ts';
import { countrySchema } from './trust/place.ts';
import { type VersionSignature, versionSignatureSchema } from './trust/signers.ts';
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
  release: releaseSchema.default({ kind: 'current' }),
  /** Somebody has seen what the version may reach that the current one may not. Without it such a version is refused. */
  acceptsEgress: z.boolean().default(false),
  /** Null: no developer has signed the version. */
  signature: versionSignatureSchema.nullable().default(null),
});
export type DeployRequest = z.output<typeof deployRequestSchema>;

/** What a gateway must know of a version to call it, and a node to take the call. */
const callFactsSchema = z.strictObject({
  zone: nameSchema,
  /** What the zone asks for, of a named one: nodes compare their labels with it. */
  namedZone: namedZoneSchema.exactOptional(),
  limits: functionLimitsSchema.pick({ wallMs: true, bodyMb: true }),
  outputs: functionConfigSchema.shape.outputs,
});

/** Why a version that was current, or had a share of the callers, was taken back. */
export const rollbackSchema = z.strictObject({
  at: z.iso.datetime(),
  /** `asked`: by a person; else what the watch over its split measured. */
  reason: z.enum(['asked', 'errors', 'slow']),
  /** What was measured, in one sentence; null when nothing was. */
  detail: z.string().max(500).nullable(),
});
export type Rollback = z.output<typeof rollbackSchema>;

const versionEntrySchema = z.strictObject({
  version: versionIdSchema,
  /** When it was stored, or made current again. */
  deployedAt: z.iso.datetime(),
  facts: callFactsSchema,
  /** False: it has answered at its preview address, or as part of a split, at most. */
  wasCurrent: z.boolean(),
  rolledBack: rollbackSchema.nullable(),
  /** Left out: no developer has signed it. */
  signature: versionSignatureSchema.optional(),
});
export type VersionEntry = z.output<typeof versionEntrySchema>;

const currentRecordSchema = z.strictObject({
  v: version1,
  tenant: nameSchema,
  name: nameSchema,
  /** The version that answers. */
  current: versionIdSchema,
  manifest: manifestSchema,
  deployedAt: z.iso.datetime(),
  /** Those that may be called, newest first, the current one included; older ones stay in the object store. */
  versions: z.array(versionEntrySchema).min(1).max(100),
  /** Null: the current version answers everybody. */
  split: splitSchema.nullable().default(null),
  /** Last version of each secret, deletions included: a node sees when one that it holds is out of date. */
  secretVersions: z.record(variableNameSchema, z.int().min(1)).default({}),
  /**
   * By zone, of those that can be in several countries: where it may run. Countries are added, never taken away. Left out: written before
   * countries were accepted, and no gateway has noted yet in which ones the nodes were.
   */
  countries: z.record(nameSchema, z.array(countrySchema)).exactOptional(),
});
export type FunctionRecord = z.output<typeof currentRecordSchema>;

/** As records were before versions could be chosen: of other versions than the current one there are no facts. */
const olderRecordSchema = z.looseObject({
  current: versionIdSchema,
  manifest: manifestSchema,
  deployedAt: z.iso.datetime(),
  versions: z.array(z.strictObject({ version: versionIdSchema, deployedAt: z.iso.datetime() })).min(1),
});

/** Record of a function in the KV bucket `functions`, key `functionKey`. Written with compare-and-set only. */
export const functionRecordSchema = z.preprocess((value) => {
  const older = olderRecordSchema.safeParse(value);
  if (!older.success) return value;
  const { current, manifest, deployedAt } = older.data;
  return { ...older.data, versions: [{ ...versionEntry(current, manifest.config, deployedAt), wasCurrent: true }] };
}, currentRecordSchema);

export const FUNCTIONS_BUCKET = 'functions';
export const KEPT_VERSIONS = 100;
/** Of those, so many may be previews: uploads cannot push out what there is to roll back to. */
export const KEPT_PREVIEWS = 30;

/** Null: the function has no such version, or not any more. */
export function findEntry({ versions }: Pick<FunctionRecord, 'versions'>, version: string): VersionEntry | null {
  return versions.find((entry) => entry.version === version) ?? null;
}

/** That of the version that answers; made from its manifest where the record keeps none. */
export function currentEntry(record: FunctionRecord): VersionEntry {
  const { current, manifest, deployedAt } = record;
  return findEntry(record, current) ?? versionEntry(current, manifest.config, deployedAt);
}

/** Null: no developer has signed the version, or there is none. */
export function signatureOf(record: Pick<FunctionRecord, 'versions'>, version: string): VersionSignature | null {
  return findEntry(record, version)?.signature ?? null;
}

/** The entry of a version that has just been stored. */
export function versionEntry(
  version: string,
  config: Manifest['config'],
  deployedAt: string,
  namedZone: NamedZone | null = null,
): VersionEntry {
  const { residency, limits, outputs } = config;
  const facts = {
    zone: residency,
    ...(namedZone !== null && { namedZone }),
    limits: { wallMs: limits.wallMs, bodyMb: limits.bodyMb },
    outputs,
  };
  return { version, deployedAt, facts, wasCurrent: false, rolledBack: null };
}

/** The record of a function that is deployed for the first time. */
export function firstRecord(of: {
  readonly tenant: string;
  readonly version: string;
  readonly manifest: Manifest;
  readonly deployedAt: string;
  /** Definition of its zone, when that is a named one. */
  readonly namedZone?: NamedZone | null;
}): FunctionRecord {
  const { tenant, version, manifest, deployedAt, namedZone } = of;
  const entry = { ...versionEntry(version, manifest.config, deployedAt, namedZone), wasCurrent: true };
  const names = { v: PROTOCOL_VERSION, tenant, name: manifest.config.name } as const;
  return { ...names, current: version, manifest, deployedAt, versions: [entry], split: null, secretVersions: {} };
}

export const functionKey = (tenant: string, name: string): string => `${tenant}.${name}`;

/** Object names of a version in the bundle bucket. */
export const bundleObject = (tenant: string, name: string, version: string): string =>
  `${tenant}/${name}/${version}/bundle.mjs`;
export const sourceMapObject = (tenant: string, name: string, version: string): string =>
  `${tenant}/${name}/${version}/bundle.mjs.map`;
export const manifestObject = (tenant: string, name: string, version: string): string =>
  `${tenant}/${name}/${version}/manifest.json`;
