/**
 * Outputs: what a call leaves in the object store. Layout in the outputs bucket:
 * `<tenant>/<function>/<yyyy>/<mm>/<dd>/<invocation>/body` and `…/output.json`. The day is the invocation's, in UTC.
 * `output.json` is written last: an output without it does not exist.
 */
import { z } from 'zod';
import { invocationTime } from './invocation-id.ts';
import { nameSchema, versionIdSchema } from './names.ts';
import { PROTOCOL_VERSION } from './version.ts';

export const outputMetaSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  invocation: z.string(),
  tenant: nameSchema,
  function: nameSchema,
  version: versionIdSchema,
  zone: nameSchema,
  node: z.string(),
  attempt: z.int().min(1),
  status: z.int(),
  /** `[name, value, …]` as the function answered. */
  headers: z.array(z.string()),
  contentType: z.string().nullable(),
  bytes: z.int().min(0),
  sha256: versionIdSchema,
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  outcome: z.string(),
});
export type OutputMeta = z.output<typeof outputMetaSchema>;

export function outputPrefix(tenant: string, name: string, invocation: string): string {
  const day = new Date(invocationTime(invocation)).toISOString().slice(0, 10).replaceAll('-', '/');
  return `${tenant}/${name}/${day}/${invocation}/`;
}

export const outputBodyObject = (prefix: string): string => `${prefix}body`;
export const outputMetaObject = (prefix: string): string => `${prefix}output.json`;
