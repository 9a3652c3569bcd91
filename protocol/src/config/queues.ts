import { z } from 'zod';
import { BATCH_MESSAGES } from '../handlers/batch.ts';
import { durationUpTo } from './duration.ts';

/** A queue of the function: its code sends messages, and its `queue` handler gets them in batches. */
export const queueBindingSchema = z.strictObject({
  type: z.literal('queue').describe('Messages that the code sends come to its queue handler, in batches'),
  batchSize: z.int().min(1).max(BATCH_MESSAGES).default(10).describe('Most messages in one batch'),
  batchWait: durationUpTo('60s')
    .default('1s')
    .describe('How long the first message of a batch waits for others: 0ms to 60s'),
});
export type QueueBinding = z.output<typeof queueBindingSchema>;
