import { functionDetailSchema, PROTOCOL_VERSION } from '@sovfn/protocol';
import { requireFunction, summarize } from '../functions.ts';
import { functionParameters, noParameters } from '../parameters.ts';
import { defineRoute } from '../route.ts';

export const showFunction = defineRoute({
  method: 'get',
  path: '/v1/functions/{name}',
  operation: 'showFunction',
  summary: 'Show a function: its version, configuration and addresses',
  params: functionParameters,
  query: noParameters,
  body: null,
  answers: [{ kind: 'json', description: 'The function.', schema: functionDetailSchema }],
  errors: ['function-not-found'],
  async handle({ params, tenant }, context) {
    const record = requireFunction(context, tenant, params.name);
    const { config, bundleBytes } = record.manifest;
    const versions = record.versions
      .filter((entry) => entry.wasCurrent)
      .map(({ version, deployedAt }) => ({ version, deployedAt }));
    return { json: { v: PROTOCOL_VERSION, ...summarize(context, record), config, bundleBytes, versions } };
  },
});
