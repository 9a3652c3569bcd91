import { invokeRequestSchema, invokeResponseSchema } from '@sovfn/protocol';
import { z } from 'zod';
import { unknownFunction } from '../functions.ts';
import { reportCall } from '../invoke/call-report.ts';
import { startOwnerCall } from '../invoke/owner-call.ts';
import { rawReply } from '../invoke/raw-reply.ts';
import { functionParameters, switchSchema } from '../parameters.ts';
import { defineRoute } from '../route.ts';

/** A request body of 32 MiB as base64, and the rest of the document. Larger ones go to the public address. */
const INVOKE_BYTES = 48 * 1024 * 1024;

export const invokeFunction = defineRoute({
  method: 'post',
  path: '/v1/functions/{name}/invoke',
  operation: 'invokeFunction',
  summary: 'Call a function, and learn why if it fails',
  params: functionParameters,
  query: z.strictObject({
    raw: switchSchema.describe(
      "Answer with the function's response as it streams, with sovfn-outcome: ok among its headers; a call that failed is answered with a problem",
    ),
  }),
  body: { schema: invokeRequestSchema, maxBytes: INVOKE_BYTES },
  answers: [
    { kind: 'json', description: 'The call and its response, whatever came of it.', schema: invokeResponseSchema },
    { kind: 'bytes', description: "With raw: the function's response.", mediaType: '*/*' },
  ],
  errors: [
    'function-not-found',
    'body-too-large',
    'bad-header',
    'output-store-full',
    'storage-full',
    'bus-unavailable',
  ],
  async handle({ params, query, body, tenant, signal }, context) {
    const to = context.functions.get(tenant, params.name);
    if (to === null) throw unknownFunction(context, tenant, params.name);
    const call = await startOwnerCall(context, to, body, signal);
    return query.raw === 'true' ? rawReply(call) : { json: await reportCall(call) };
  },
});
