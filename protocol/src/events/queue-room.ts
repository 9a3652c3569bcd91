/** Request on `room.<zone>`: how many messages of a function's queues wait, and how many may. */
import { z } from 'zod';
import { nameSchema } from '../names.ts';
import { PROTOCOL_VERSION } from '../version.ts';

export const queueRoomRequestSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  tenant: nameSchema,
  function: nameSchema,
});

export const queueRoomSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  /** Messages that have not ended, delayed ones included. */
  waiting: z.int().min(0),
  most: z.int().min(1),
});
export type QueueRoom = z.output<typeof queueRoomSchema>;
