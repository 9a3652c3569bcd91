import { nameSchema, PROTOCOL_VERSION, testDeliveryRequestSchema, testDeliveryResponseSchema } from '@sovfn/protocol';
import { z } from 'zod';
import { sendTestDelivery } from '../../webhooks/test-delivery.ts';
import { unknownFunction } from '../functions.ts';
import { noParameters } from '../parameters.ts';
import { defineRoute } from '../route.ts';

/** A body of 32 MiB as base64, and the rest of the document. */
const SEND_BYTES = 48 * 1024 * 1024;

export const sendWebhook = defineRoute({
  method: 'post',
  path: '/v1/functions/{name}/webhooks/{webhook}/send',
  operation: 'sendWebhook',
  summary: 'Send a correctly signed test delivery to a webhook: it becomes a real event',
  params: z.strictObject({
    name: nameSchema.describe('Name of the function'),
    webhook: nameSchema.describe('Name of the webhook'),
  }),
  query: noParameters,
  body: { schema: testDeliveryRequestSchema, maxBytes: SEND_BYTES },
  answers: [{ kind: 'json', description: 'The delivery was accepted.', schema: testDeliveryResponseSchema }],
  errors: [
    'function-not-found',
    'webhook-not-found',
    'webhook-unverified',
    'secret-missing',
    'secret-invalid',
    'secret-unreadable',
    'body-too-large',
    'too-many-events',
    'events-full',
    'events-lost',
    'bus-unavailable',
    'store-unavailable',
  ],
  async handle({ params, body: { v: _, body, ...delivery }, tenant }, context) {
    const { functions, secrets, webhooks: receiver, publicUrl } = context;
    const to = functions.get(tenant, params.name);
    if (to === null) throw unknownFunction(context, tenant, params.name);
    const bytes = Buffer.from(body.data, body.encoding);
    const { host } = new URL(publicUrl);
    const options = { to, name: params.webhook, host, secrets, receiver };
    const { answer, url } = await sendTestDelivery({ ...delivery, body: bytes }, options);
    const { status, event, isDuplicate } = answer;
    return {
      json: { v: PROTOCOL_VERSION, function: params.name, webhook: params.webhook, url, status, event, isDuplicate },
    };
  },
});
