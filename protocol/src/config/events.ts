import { z } from 'zod';
import { durationSchema } from './duration.ts';

/** When an attempt that failed is made again. */
export const retrySchema = z.strictObject({
  attempts: z.int().min(1).max(100).default(5).describe('Attempts in all, the first one included'),
  minDelay: durationSchema.default('10s').describe('Before the second attempt; doubled for each further one'),
  maxDelay: durationSchema.default('10m').describe('Longest wait before an attempt'),
});
export type RetryConfig = z.output<typeof retrySchema>;
