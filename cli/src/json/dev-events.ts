/** What `dev --json` prints: what happens while functions are developed, a line each, in the order in which it happens. */
import { eventSummarySchema, logEventSchema, logGapSchema, nameSchema, versionIdSchema } from '@sovfn/protocol';
import { z } from 'zod';

const text = z.string();
const durationMs = z.number().min(0);

const devFunctionSchema = z.strictObject({
  name: nameSchema,
  folder: text,
  url: text,
  webhooks: z.array(z.strictObject({ name: text, url: text })),
  schedules: z.array(z.strictObject({ name: text, cron: text, timezone: text, next: text.nullable() })),
});
export type DevFunction = z.output<typeof devFunctionSchema>;

export const devEventSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('ready'),
    url: text.describe('Of the port for callers.'),
    functions: z.array(devFunctionSchema),
    control: text.describe('What SOVFN_URL is for other commands.'),
    tokenFile: text.describe('Holds what SOVFN_TOKEN is for them.'),
    inspector: text.nullable().describe('Where a debugger finds the functions; null: they cannot be debugged.'),
  }),
  z.strictObject({
    type: z.literal('reloaded'),
    function: nameSchema,
    version: versionIdSchema,
    durationMs: durationMs.describe('From when the change was seen until the new version answers.'),
    changed: z.array(text),
  }),
  z.strictObject({
    type: z.literal('build-failed'),
    function: nameSchema,
    version: versionIdSchema.nullable().describe('Goes on answering; null: none does.'),
    code: text,
    message: text,
    hint: text.nullable(),
  }),
  z.strictObject({ type: z.literal('warning'), function: nameSchema, message: text }),
  z
    .strictObject({ type: z.literal('secret-made'), function: nameSchema, secret: text })
    .describe('.env.local has no value for it: it has a random one.'),
  z
    .strictObject({ type: z.literal('value-unused'), function: nameSchema, name: text })
    .describe('.env.local has a value of which sovfn.jsonc knows nothing.'),
  z.strictObject({
    type: z.literal('request'),
    method: text,
    path: text,
    status: z.int().nullable().describe('Null: the caller went away.'),
    outcome: text.nullable(),
    durationMs,
  }),
  z.strictObject({ type: z.literal('log'), log: logEventSchema }),
  z.strictObject({ type: z.literal('gap'), function: nameSchema, gap: logGapSchema }),
  z
    .strictObject({ type: z.literal('run'), run: eventSummarySchema })
    .describe('A durable call began to wait, or ended.'),
  z
    .strictObject({ type: z.literal('part'), part: text, state: text, detail: text.nullable() })
    .describe('A part of the platform died, or is back.'),
]);
export type DevEvent = z.output<typeof devEventSchema>;
