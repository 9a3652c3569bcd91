/** What deleting a function would end, what would wait for its return, and what would stay. Nothing is deleted by asking. */
import { z } from 'zod';
import { nameSchema, variableNameSchema, versionIdSchema } from './names.ts';
import { PROTOCOL_VERSION } from './version.ts';

/** Answer of `GET /v1/functions/{name}/deletion`. */
export const deletionPlanSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  function: nameSchema,
  version: versionIdSchema,
  /** Would answer no more. */
  ends: z.strictObject({
    urls: z.array(z.string()),
    webhooks: z.array(z.string()),
    schedules: z.array(z.strictObject({ name: nameSchema, cron: z.string(), timezone: z.string() })),
    /** Functions that call it through a service binding. */
    callers: z.array(nameSchema),
  }),
  /** Events would become dead letters when they are due, and wait for a function of this name. Null: the bus cannot say. */
  waits: z
    .strictObject({ events: z.int().min(0), queueMessages: z.int().min(0), deadLetters: z.int().min(0) })
    .nullable(),
  /** Would be there still, for a function of this name. */
  stays: z.strictObject({
    /** Whose code is in the object store; `purge` removes it, and the secrets. */
    versions: z.int().min(1),
    secrets: z.array(variableNameSchema),
    /** `keys`: of a `kv` binding, those deleted in the last minute included; else, or when the bus cannot say, null. */
    bindings: z.array(
      z.strictObject({
        name: variableNameSchema,
        type: z.enum(['kv', 'bucket']),
        keys: z.int().min(0).nullable(),
      }),
    ),
  }),
});
export type DeletionPlan = z.output<typeof deletionPlanSchema>;
