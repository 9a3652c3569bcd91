import { outputListSchema, PROTOCOL_VERSION } from '@sovfn/protocol';
import { z } from 'zod';
import { functionParameters, invocationSchema } from '../parameters.ts';
import { defineRoute } from '../route.ts';

const DEFAULT_LIMIT = 20;
const LARGEST_LIMIT = 1_000;

export const listOutputs = defineRoute({
  method: 'get',
  path: '/v1/functions/{name}/outputs',
  operation: 'listOutputs',
  summary: 'List the outputs of a function, newest first; also of one that is deleted',
  params: functionParameters,
  query: z.strictObject({
    limit: z.coerce.number().int().min(1).max(LARGEST_LIMIT).default(DEFAULT_LIMIT).describe('How many'),
    before: invocationSchema.optional().describe('Only outputs older than that of this invocation'),
  }),
  body: null,
  answers: [{ kind: 'json', description: 'The outputs.', schema: outputListSchema }],
  errors: ['store-unavailable', 'bus-unavailable'],
  async handle({ params, query, tenant }, { outputs }) {
    const { limit, before } = query;
    const of = { tenant, function: params.name };
    const page = await outputs.reader.list(of, before === undefined ? { limit } : { limit, before });
    const { damaged, isComplete } = page;
    const kept = page.outputs.map(({ meta, state }) => ({ ...meta, state }));
    return { json: { v: PROTOCOL_VERSION, outputs: kept, damaged, isComplete } };
  },
});
