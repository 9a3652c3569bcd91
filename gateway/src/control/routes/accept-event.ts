import { acceptRequestSchema, acceptResponseSchema, PROTOCOL_VERSION, SovfnError } from '@sovfn/protocol';
import { addressOf } from '../../events/accept/accepted-event.ts';
import { MOST_DELAY_MS } from '../../events/async/async-options.ts';
import type { CallbackRules } from '../../events/callbacks/callback-rules.ts';
import { callbackUrlProblem } from '../../events/callbacks/callback-url.ts';
import { unknownFunction } from '../functions.ts';
import { decodeBody, packCallHeaders } from '../invoke/owner-call.ts';
import { functionParameters, noParameters } from '../parameters.ts';
import { defineRoute } from '../route.ts';

/** As for `invoke`. */
const ACCEPT_BYTES = 48 * 1024 * 1024;

export const acceptEvent = defineRoute({
  method: 'post',
  path: '/v1/functions/{name}/events',
  operation: 'acceptEvent',
  summary: 'Call a function later or in the background: answered when the call is durable, before it runs',
  params: functionParameters,
  query: noParameters,
  body: { schema: acceptRequestSchema, maxBytes: ACCEPT_BYTES },
  answers: [{ kind: 'json', description: 'The accepted event.', schema: acceptResponseSchema }],
  errors: [
    'function-not-found',
    'forbidden',
    'body-too-large',
    'bad-header',
    'event-conflict',
    'too-many-events',
    'events-full',
    'events-lost',
    'storage-full',
    'bus-unavailable',
    'store-unavailable',
  ],
  async handle({ params, body: asked, tenant }, context) {
    const to = context.functions.get(tenant, params.name);
    if (to === null) throw unknownFunction(context, tenant, params.name);
    const { request, orderingKey, idempotencyKey } = asked;
    const callback = await readCallback(asked.callback, context.callbacks.rules);
    const body = decodeBody(request, to);
    const headers = packCallHeaders(context, request, to, body.length);
    const url = context.publicUrl + request.path;
    const facts = { trigger: 'async', method: request.method, url, headers, callback, orderingKey } as const;
    const key = idempotencyKey === null ? null : `owner:${idempotencyKey}`;
    const event = { to, facts, body, key, notBefore: startOf(asked.notBefore) };
    const { id, isDuplicate } = await context.acceptor.accept(event);
    const status = context.publicUrl + context.addresses.path({ ...addressOf(to), event: id });
    return { json: { v: PROTOCOL_VERSION, event: id, isDuplicate, status } };
  },
});

async function readCallback(text: string | null, rules: CallbackRules): Promise<string | null> {
  if (text === null) return null;
  const rule = callbackUrlProblem(text);
  if (rule !== null) throw new SovfnError('bad-request', `callback cannot be this: ${rule}`);
  const { href } = new URL(text);
  await rules.assertOwnerMay(href);
  return href;
}

/** Null for a time that is past. */
function startOf(notBefore: string | null): Date | null {
  if (notBefore === null) return null;
  const start = new Date(notBefore);
  const delayMs = start.getTime() - Date.now();
  if (delayMs > MOST_DELAY_MS) {
    throw new SovfnError('bad-request', `notBefore cannot be ${notBefore}: at most 30 days from now are possible`);
  }
  return delayMs <= 0 ? null : start;
}
