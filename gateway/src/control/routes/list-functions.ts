import { functionListSchema, PROTOCOL_VERSION } from '@sovfn/protocol';
import { summarize } from '../functions.ts';
import { noParameters } from '../parameters.ts';
import { defineRoute } from '../route.ts';

export const listFunctions = defineRoute({
  method: 'get',
  path: '/v1/functions',
  operation: 'listFunctions',
  summary: 'List the functions of the tenant',
  params: noParameters,
  query: noParameters,
  body: null,
  answers: [{ kind: 'json', description: 'Every function, by name.', schema: functionListSchema }],
  errors: [],
  async handle({ tenant }, context) {
    const records = [...context.registry.all()].filter((record) => record.tenant === tenant);
    const functions = records.map((record) => summarize(context, record));
    return { json: { v: PROTOCOL_VERSION, functions: functions.toSorted((a, b) => (a.name < b.name ? -1 : 1)) } };
  },
});
