/** What happens to the durable events of a function: how many run at once, and what follows when one fails. */
import { z } from 'zod';
import { type Outcome, OUTCOMES } from '../outcome.ts';
import { durationSchema } from './duration.ts';

export const STATUS_CLASSES = ['4xx', '5xx'] as const;

const FAILURES = Object.keys(OUTCOMES).filter((outcome): outcome is Exclude<Outcome, 'ok'> => outcome !== 'ok');

const failureSchema = z.union([z.int().min(400).max(599), z.enum(STATUS_CLASSES), z.enum(FAILURES)]);

/** The first rule that fits an attempt decides; without one the status or the outcome does. */
const retryRuleSchema = z.strictObject({
  on: failureSchema.describe('A status (400–599), 4xx, 5xx, or the outcome of a call such as exceeded-cpu'),
  then: z.enum(['retry', 'dead-letter', 'succeed']).describe('What follows'),
  delay: durationSchema.optional().describe('Wait before the next attempt, in place of minDelay and maxDelay'),
});
export type RetryRule = z.output<typeof retryRuleSchema>;

/** When an attempt that failed is made again. */
export const retrySchema = z.strictObject({
  attempts: z.int().min(1).max(100).default(5).describe('Attempts in all, the first one included'),
  minDelay: durationSchema.default('10s').describe('Before the second attempt; doubled for each further one'),
  maxDelay: durationSchema.default('10m').describe('Longest wait before an attempt'),
  rules: z
    .array(retryRuleSchema)
    .max(20)
    .default([])
    .describe('Exceptions by status or outcome; the first that fits decides'),
});
export type RetryConfig = z.output<typeof retrySchema>;

/** How durable events of the function run. */
export const eventsSchema = z.strictObject({
  concurrency: z
    .int()
    .min(1)
    .max(1_000)
    .default(10)
    .describe(
      'Calls for events and batches of queues at the same time in one gateway; over all, of events without a key',
    ),
  ratePerSecond: z
    .number()
    .min(0.001)
    .max(10_000)
    .optional()
    .describe(
      'Events that begin in a second in one gateway; each kind (without a key, with one, of queues) has one at a time',
    ),
  expireAfter: durationSchema.optional().describe('An event that has not begun by then ends as expired'),
  deadLetters: z.boolean().default(true).describe('Keep events that failed for good, to look at and run again'),
});
export type EventsConfig = z.output<typeof eventsSchema>;
