/** `sovfn webhook send`: the control API signs a delivery with the webhook's own secret and receives it. JSON. */
import { z } from 'zod';
import { WEBHOOK_PROVIDERS } from './config/webhooks.ts';
import { jsonBodySchema } from './control.ts';
import { eventIdSchema } from './events/event.ts';
import { nameSchema } from './names.ts';
import { PROTOCOL_VERSION } from './version.ts';

const version1 = z.literal(PROTOCOL_VERSION);
const visible = z.string().regex(/^[\x21-\x7e]{1,256}$/, 'must be visible ASCII, at most 256 characters');

const line = z
  .string()
  .regex(/^[\x21-\x7e](?:[\x20-\x7e]{0,254}[\x21-\x7e])?$/, 'must be visible ASCII, at most 256 characters');

/** Body of `POST /v1/functions/{name}/webhooks/{webhook}/send`. */
export const testDeliveryRequestSchema = z.strictObject({
  v: version1,
  /** What the sender takes the webhook to be verified by; null: whatever it is. */
  provider: z.enum(WEBHOOK_PROVIDERS).nullable(),
  body: jsonBodySchema,
  contentType: z.string().regex(/^[\x20-\x7e]{1,128}$/, 'must be a media type'),
  /** Of the delivery, where the provider sends it in a header; null: a new one. */
  id: visible.nullable(),
  /** Of the event, where the provider sends it in a header. */
  type: line.nullable(),
});
export type TestDeliveryRequest = z.output<typeof testDeliveryRequestSchema>;

/** How the delivery was answered. */
export const testDeliveryResponseSchema = z.strictObject({
  v: version1,
  function: nameSchema,
  webhook: nameSchema,
  url: z.string(),
  status: z.int(),
  /** Null: the webhook answered without making an event of it, as Slack's verification of an address asks. */
  event: eventIdSchema.nullable(),
  isDuplicate: z.boolean(),
});
export type TestDeliveryResponse = z.output<typeof testDeliveryResponseSchema>;
