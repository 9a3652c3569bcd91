/** The control API between CLI (and console) and gateway: paths and JSON bodies. Bearer token on every path but `/v1/openapi.json`. */
import { z } from 'zod';
import { functionConfigSchema } from './config.ts';
import { failureDetailSchema } from './frames.ts';
import { URL_BYTES } from './limits.ts';
import { nameSchema, versionIdSchema } from './names.ts';
import { outputMetaSchema } from './output.ts';
import { PROTOCOL_VERSION } from './version.ts';

/** Where the API describes itself. A refusal that only this document explains names it in its facts, as `describedBy`. */
export const OPENAPI_PATH = '/v1/openapi.json';

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

export const deleteResponseSchema = z.strictObject({
  v: version1,
  function: nameSchema,
  /** The versions' code was removed from the object store too. */
  purged: z.boolean(),
});
export type DeleteResponse = z.output<typeof deleteResponseSchema>;

/** Bytes inside JSON: as text where they are UTF-8, else as base64. */
export const jsonBodySchema = z.strictObject({ encoding: z.enum(['utf8', 'base64']), data: z.string() });
export type JsonBody = z.output<typeof jsonBodySchema>;

/** Body of `POST /v1/functions/{name}/invoke`: the request as the function shall see it. */
export const invokeRequestSchema = z.strictObject({
  v: version1,
  method: z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}$/, 'must be an HTTP method'),
  path: z
    .string()
    .max(URL_BYTES)
    .regex(/^\/[\x21\x22\x24-\x5b\x5d-\x7e]*$/, 'must start with /, be percent-encoded and have no fragment'),
  /** `[name, value, …]`. */
  headers: z.array(z.string()),
  body: jsonBodySchema.nullable(),
});
export type InvokeRequest = z.output<typeof invokeRequestSchema>;

/** A call with all that its owner may know about it. What never came to be (a node, a response) is null. */
export const invokeResponseSchema = z.strictObject({
  v: version1,
  invocation: z.string(),
  outcome: z.string(),
  /** Of the function's response. */
  status: z.int().nullable(),
  /** `[name, value, …]` as the function answered. */
  headers: z.array(z.string()),
  body: jsonBodySchema.nullable(),
  /** Why there is no response, or why it was cut off. The stack names the function's own source lines. */
  failure: failureDetailSchema.nullable(),
  version: versionIdSchema,
  zone: nameSchema,
  node: z.string().nullable(),
  cold: z.boolean().nullable(),
  cpuMs: z.number().nullable(),
  wallMs: z.number().nullable(),
});
export type InvokeResponse = z.output<typeof invokeResponseSchema>;

/** The output was read again whole and is what was kept. */
export const outputVerificationSchema = z.strictObject({
  v: version1,
  invocation: z.string(),
  bytes: z.int(),
  sha256: versionIdSchema,
});
export type OutputVerification = z.output<typeof outputVerificationSchema>;

export const outputListSchema = z.strictObject({
  v: version1,
  /** Newest first. */
  outputs: z.array(z.strictObject({ ...outputMetaSchema.shape, state: z.enum(['stored', 'pending']) })),
  /** Invocations whose description in the object store cannot be read. */
  damaged: z.array(z.string()),
  /** False: the object store does not answer, and only pending outputs are listed. */
  isComplete: z.boolean(),
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
  /** Outputs that wait for the object store; null while the bus cannot be asked. */
  pendingOutputs: z.int().nullable(),
});
export type PlatformStatus = z.output<typeof statusSchema>;
