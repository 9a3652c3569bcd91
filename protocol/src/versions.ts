/** Versions of a function in the control API: what there is, and what makes another one answer. */
import { z } from 'zod';
import { nameSchema, variableNameSchema, versionIdSchema } from './names.ts';
import { rollbackSchema } from './deploy.ts';
import { sharePercentSchema, splitSchema, stickyKeySchema, watchMsSchema } from './splits.ts';
import { base64url32Schema } from './trust/signing.ts';
import { PROTOCOL_VERSION } from './version.ts';

const version1 = z.literal(PROTOCOL_VERSION);

/** A version's id, or what it begins with. */
export const versionPrefixSchema = z.string().regex(/^[0-9a-f]{4,64}$/, 'must be a version: 4 to 64 hex digits');

/** `split`: it has a share of the callers. `preview`: it was never current. */
export const VERSION_STATES = ['current', 'split', 'preview', 'earlier', 'rolled-back'] as const;
export type VersionState = (typeof VERSION_STATES)[number];

export const versionSummarySchema = z.strictObject({
  version: versionIdSchema,
  state: z.enum(VERSION_STATES),
  deployedAt: z.iso.datetime(),
  rolledBack: rollbackSchema.nullable(),
  /** Id of the key that signed it; null: none did. */
  signer: base64url32Schema.nullable(),
  /** Leads to this version, whatever answers production. */
  previewUrl: z.string(),
});
export type VersionSummary = z.output<typeof versionSummarySchema>;

/** Answer of `GET /v1/functions/{name}/versions`. */
export const versionListSchema = z.strictObject({
  v: version1,
  function: nameSchema,
  split: splitSchema.nullable(),
  /** Newest first. */
  versions: z.array(versionSummarySchema),
});
export type VersionList = z.output<typeof versionListSchema>;

/** Body of `POST …/rollback` and `POST …/promote`. */
export const chooseVersionRequestSchema = z.strictObject({
  v: version1,
  /** Null: the one that is meant when nothing is said. */
  version: versionPrefixSchema.nullable(),
});
export type ChooseVersionRequest = z.output<typeof chooseVersionRequestSchema>;

/** Body of `PUT …/split`. */
export const splitRequestSchema = z.strictObject({
  v: version1,
  /** Null: that of the split there is, else the newest preview. */
  version: versionPrefixSchema.nullable(),
  percent: sharePercentSchema,
  key: stickyKeySchema,
  watchMs: watchMsSchema.nullable(),
});
export type SplitRequest = z.output<typeof splitRequestSchema>;

/** What answers after a change of versions. */
export const versionChangeSchema = z.strictObject({
  v: version1,
  function: nameSchema,
  current: versionIdSchema,
  /** The current version before. */
  before: versionIdSchema,
  split: splitSchema.nullable(),
  urls: z.array(z.string()),
  /** Secrets that the current version names and that are not set. */
  missingSecrets: z.array(variableNameSchema),
});
export type VersionChange = z.output<typeof versionChangeSchema>;
