import { statusSchema } from '@sovfn/protocol';
import { noParameters } from '../parameters.ts';
import { defineRoute } from '../route.ts';
import { readStatus } from '../status.ts';

export const showStatus = defineRoute({
  method: 'get',
  path: '/v1/status',
  operation: 'getStatus',
  summary: 'Whether each part of the platform is ready',
  params: noParameters,
  query: noParameters,
  body: null,
  answers: [{ kind: 'json', description: 'Answered with 200 whether it is ready or not.', schema: statusSchema }],
  errors: [],
  handle: async (_, context) => ({ json: await readStatus(context) }),
});
