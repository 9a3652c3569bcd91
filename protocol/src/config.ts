/**
 * `sovfn.jsonc`: what a function folder says about itself. The same schema makes the published JSON Schema, so the
 * descriptions here are what an editor shows. Unknown keys are refused.
 */
import { z } from 'zod';
import { egressSchema } from './config/egress.ts';
import { eventsSchema, retrySchema } from './config/events.ts';
import { queueBindingSchema } from './config/queues.ts';
import { schedulesSchema } from './config/schedules.ts';
import { secretsSchema } from './config/secrets.ts';
import { webhooksSchema } from './config/webhooks.ts';
import { functionLimitsSchema, limitConflict, MOST_LOG_DAYS } from './limits.ts';
import { DEFAULT_ZONE, nameSchema, variableNameSchema } from './names.ts';

const ROUTE = /^\/(?:[A-Za-z0-9._~!$&'()+,;=:@%-]+\/)*(?:[A-Za-z0-9._~!$&'()+,;=:@%-]+|\*)?$/;

export const routeSchema = z
  .string()
  .max(1_024)
  .regex(ROUTE, 'must be a path such as /invoices/* (a * only as the last segment)')
  .refine((route) => !/^\/(?:fn|hooks)(?:\/|$)/.test(route), '/fn and /hooks belong to the platform');

const bindingSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('kv').describe('Small values by key, of this function alone') }),
  z.strictObject({ type: z.literal('bucket').describe('Objects in the object store, of this function alone') }),
  queueBindingSchema,
  z.strictObject({
    type: z.literal('service').describe('Calls another function of the tenant'),
    function: nameSchema.describe('Name of that function'),
  }),
]);

const outputsSchema = z.union([
  z.enum(['events', 'all', 'none']),
  z.strictObject({
    keep: z
      .enum(['events', 'all', 'none'])
      .default('events')
      .describe('Answers of durable calls, of all calls, or none'),
    encrypt: z.boolean().default(false).describe('Under the key of the tenant'),
    days: z
      .int()
      .min(1)
      .max(36_500)
      .optional()
      .describe('How long they must be there; to remove older ones is for a rule of the object store'),
  }),
]);

export const functionConfigSchema = z.strictObject({
  $schema: z.string().optional(),
  name: nameSchema.describe('Name of the function: a–z, 0–9 and -'),
  main: z.string().min(1).max(512).describe('Entry file, relative to this file'),
  residency: nameSchema
    .default(DEFAULT_ZONE)
    .describe(
      'Zone whose nodes alone may run the function: of a country (fr), a region (fr-idf), the Union (eu), or one that the operator has named',
    ),
  limits: functionLimitsSchema
    .superRefine((limits, context) => {
      const message = limitConflict(limits);
      if (message !== null) context.addIssue({ code: 'custom', path: ['wasmMemoryMb'], message });
    })
    .prefault({})
    .describe('Limits of each call'),
  routes: z.array(routeSchema).max(100).default([]).describe('Paths of the public address that lead here'),
  webhooks: webhooksSchema.default([]).describe('Addresses that business applications post to'),
  schedules: schedulesSchema.default([]).describe('When the scheduled handler runs'),
  events: eventsSchema.prefault({}).describe('How durable calls run'),
  retry: retrySchema.prefault({}).describe('What happens when a durable call fails'),
  vars: z.record(variableNameSchema, z.string().max(65_536)).default({}).describe('Values the code reads from env'),
  secrets: secretsSchema
    .default([])
    .describe('Secrets the code may use: env has a placeholder of each, which fetch replaces towards approved hosts'),
  bindings: z
    .record(variableNameSchema, bindingSchema)
    .default({})
    .describe('Stores, queues and functions that the code finds in env, by name'),
  egress: egressSchema
    .default([])
    .describe('Origins that fetch may reach, such as https://api.insee.fr or https://*.example.org; nothing else'),
  outputs: outputsSchema.default('events').describe('What is kept in the object store'),
  logs: z
    .strictObject({
      days: z
        .int()
        .min(1)
        .max(MOST_LOG_DAYS)
        .describe('How long entries are kept; 7 days by default. Older ones are in the object store'),
    })
    .optional()
    .describe('How long the log is kept'),
});

export type FunctionConfig = z.output<typeof functionConfigSchema>;

export interface OutputPolicy {
  readonly keep: 'events' | 'all' | 'none';
  readonly encrypt: boolean;
  readonly days: number | null;
}

/** The long form of `outputs`, whichever way it was written. */
export function outputPolicy(config: Pick<FunctionConfig, 'outputs'>): OutputPolicy {
  if (typeof config.outputs === 'string') return { keep: config.outputs, encrypt: false, days: null };
  return { keep: config.outputs.keep, encrypt: config.outputs.encrypt, days: config.outputs.days ?? null };
}
