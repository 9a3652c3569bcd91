/** The control API between CLI (and console) and gateway: paths and JSON bodies. Bearer token on every path but `/v1/openapi.json`. */
import { z } from 'zod';
import { functionConfigSchema } from './config.ts';
import { nameSchema, versionIdSchema } from './names.ts';
import { outputMetaSchema } from './output.ts';
import { PROTOCOL_VERSION } from './version.ts';

const version1 = z.literal(PROTOCOL_VERSION);

export const functionSummarySchema = z.strictObject({
  name: nameSchema,
  version: versionIdSchema,
  zone: nameSchema,
  deployedAt: z.iso.datetime(),
  routes: z.array(z.string()),
  urls: z.array(z.string()),
});
export type FunctionSummary = z.output<typeof functionSummarySchema>;

export const functionListSchema = z.strictObject({ v: version1, functions: z.array(functionSummarySchema) });
export type FunctionList = z.output<typeof functionListSchema>;

export const functionDetailSchema = z.strictObject({
  v: version1,
  ...functionSummarySchema.shape,
  config: functionConfigSchema.omit({ $schema: true }),
  bundleBytes: z.int(),
  versions: z.array(z.strictObject({ version: versionIdSchema, deployedAt: z.iso.datetime() })),
});
export type FunctionDetail = z.output<typeof functionDetailSchema>;

export const outputListSchema = z.strictObject({
  v: version1,
  outputs: z.array(z.strictObject({ ...outputMetaSchema.shape, state: z.enum(['stored', 'pending']) })),
});
export type OutputList = z.output<typeof outputListSchema>;

/** State of a part of the platform as `status` and `doctor` show it. */
export const statusSchema = z.strictObject({
  v: version1,
  ready: z.boolean(),
  parts: z.array(
    z.strictObject({
      name: z.enum(['gateway', 'bus', 'store', 'nodes']),
      state: z.enum(['ready', 'degraded', 'down']),
      detail: z.string(),
    }),
  ),
  gateway: z.strictObject({ id: nameSchema, publicUrl: z.string(), inFlight: z.int() }),
  nodes: z.array(
    z.strictObject({
      name: nameSchema,
      zones: z.array(nameSchema),
      cells: z.int(),
      versions: z.int(),
      seenAt: z.iso.datetime(),
    }),
  ),
  functions: z.int(),
  pendingOutputs: z.int(),
});
export type PlatformStatus = z.output<typeof statusSchema>;
