import { z } from 'zod';
import { nameSchema } from '../names.ts';

/** One job of the clock: it runs the function's `scheduled` handler. */
export const scheduleSchema = z.strictObject({
  name: nameSchema,
  cron: z.string().max(128).describe('Five fields: minute hour day month weekday'),
  timezone: z.string().max(64).default('Europe/Paris').describe('IANA name such as Europe/Paris'),
  overlap: z.enum(['skip', 'queue', 'replace', 'allow']).default('skip'),
  missed: z.enum(['none', 'last', 'all']).default('last'),
});
export type ScheduleConfig = z.output<typeof scheduleSchema>;
