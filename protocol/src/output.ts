/**
 * Outputs: what a call leaves in the object store. Layout in the outputs bucket:
 * `<tenant>/<function>/<yyyy>/<mm>/<dd>/<invocation>/body`; for a durable event `…/<event>/<attempt>/body`, and the event's
 * record says which attempt counts. The day is that of the id, in UTC. What is said of it lies in the body's own metadata or,
 * when it does not fit there, in `output.json` beside it, which is written last: an output without either does not exist.
 */
import { z } from 'zod';
import { TRIGGERS } from './call.ts';
import { EVENT_TRIGGERS } from './events/event.ts';
import { invocationTime } from './invocation-id.ts';
import { nameSchema, versionIdSchema } from './names.ts';
import { PROTOCOL_VERSION } from './version.ts';

export const outputMetaSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  /** Of the call; for a durable event, the event's id. */
  invocation: z.string(),
  /** Outputs that were kept before there were events do not say it. */
  trigger: z.enum(TRIGGERS).default('http'),
  /** Invocation of the attempt that left it, for a durable event; else null. */
  call: z.string().nullable().default(null),
  tenant: nameSchema,
  function: nameSchema,
  version: versionIdSchema,
  zone: nameSchema,
  node: z.string(),
  attempt: z.int().min(1),
  status: z.int(),
  /** `[name, value, …]` as the function answered; of an encrypted output, empty where it is stored. */
  headers: z.array(z.string()),
  contentType: z.string().nullable(),
  bytes: z.int().min(0),
  sha256: versionIdSchema,
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  outcome: z.string(),
  /** Left out unless it is encrypted: what is stored of it, and its headers sealed, base64. */
  sealed: z.strictObject({ bytes: z.int().min(0), sha256: versionIdSchema, headers: z.base64() }).optional(),
});
export type OutputMeta = z.output<typeof outputMetaSchema>;

/** Where the output of a call lies, or those of all attempts of an event. */
export function outputPrefix(tenant: string, name: string, invocation: string): string {
  const day = new Date(invocationTime(invocation)).toISOString().slice(0, 10).replaceAll('-', '/');
  return `${tenant}/${name}/${day}/${invocation}/`;
}

export const attemptPrefix = (prefix: string, attempt: number): string => `${prefix}${attempt}/`;

/** Where exactly an output lies. */
export function outputPrefixOf(
  meta: Pick<OutputMeta, 'tenant' | 'function' | 'invocation' | 'trigger' | 'attempt'>,
): string {
  const prefix = outputPrefix(meta.tenant, meta.function, meta.invocation);
  const isEvent = (EVENT_TRIGGERS as readonly string[]).includes(meta.trigger);
  return isEvent ? attemptPrefix(prefix, meta.attempt) : prefix;
}

export const outputBodyObject = (prefix: string): string => `${prefix}body`;
export const outputMetaObject = (prefix: string): string => `${prefix}output.json`;
