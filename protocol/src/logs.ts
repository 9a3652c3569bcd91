import { z } from 'zod';
import { nameSchema, versionIdSchema } from './names.ts';
import { PROTOCOL_VERSION } from './version.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * One line of a function's log, published on `logSubject`. Texts come from the function and are hostile: whoever shows
 * them escapes control characters.
 */
export const logEventSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  /** `line`: console output; `end`: the call ended (outcome, cpuUs, wallUs are set). */
  type: z.enum(['line', 'end']),
  time: z.iso.datetime(),
  function: nameSchema,
  version: versionIdSchema,
  invocation: z.string().nullable(),
  node: nameSchema,
  level: z.enum(LOG_LEVELS),
  text: z.string(),
  outcome: z.string().nullable(),
  cpuUs: z.number().nullable(),
  wallUs: z.number().nullable(),
  cold: z.boolean().nullable(),
});
export type LogEvent = z.output<typeof logEventSchema>;
