/** Asynchronous calls through the control API: what is asked for, and the answer once the event is accepted. */
import { z } from 'zod';
import { invokeRequestSchema } from '../control.ts';
import { PROTOCOL_VERSION } from '../version.ts';
import { eventIdSchema } from './event.ts';

/** Body of `POST /v1/functions/{name}/events`. */
export const acceptRequestSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  request: invokeRequestSchema,
  /** Not before then, at most 30 days from now; null: at once. */
  notBefore: z.iso.datetime().nullable(),
  /** Where the result is sent, as a Standard Webhook. */
  callback: z.url().max(2_048).nullable(),
  /** Two requests with the same key within 72 hours are one event. */
  idempotencyKey: z.string().min(1).max(256).nullable(),
  /** Events with the same key run one after the other. */
  orderingKey: z.string().min(1).max(256).nullable(),
});
export type AcceptRequest = z.output<typeof acceptRequestSchema>;

export const acceptResponseSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  event: eventIdSchema,
  /** It was accepted before, under the same key. */
  isDuplicate: z.boolean(),
  /** Address on the public port that shows the event to whoever has it, without a token. */
  status: z.string(),
});
export type AcceptResponse = z.output<typeof acceptResponseSchema>;

/** Answer of `GET /v1/functions/{name}/callback-key`. */
export const callbackKeySchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  /** With which callbacks of the function are signed, in the form of Standard Webhooks: `whsec_` and base64. */
  key: z.string(),
});
export type CallbackKey = z.output<typeof callbackKeySchema>;
