import { callbackKeySchema, PROTOCOL_VERSION } from '@sovfn/protocol';
import { requireFunction } from '../functions.ts';
import { functionParameters, noParameters } from '../parameters.ts';
import { defineRoute } from '../route.ts';

export const showCallbackKey = defineRoute({
  method: 'get',
  path: '/v1/functions/{name}/callback-key',
  operation: 'showCallbackKey',
  summary: 'Show the key with which callbacks of a function are signed, for whoever receives them',
  params: functionParameters,
  query: noParameters,
  body: null,
  answers: [{ kind: 'json', description: 'The key.', schema: callbackKeySchema }],
  errors: ['function-not-found'],
  async handle({ params, tenant }, context) {
    const { name } = requireFunction(context, tenant, params.name);
    return { json: { v: PROTOCOL_VERSION, key: context.callbacks.keys.show({ tenant, function: name }) } };
  },
});
