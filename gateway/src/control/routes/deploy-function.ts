import { deployRequestSchema, deployResponseSchema } from '@sovfn/protocol';
import { logDeployed } from '../events.ts';
import { functionParameters, noParameters } from '../parameters.ts';
import { defineRoute } from '../route.ts';

/** A bundle of the largest size, its source map, and what JSON adds to both. */
const DEPLOY_BYTES = 48 * 1024 * 1024;

export const deployFunction = defineRoute({
  method: 'put',
  path: '/v1/functions/{name}',
  operation: 'deployFunction',
  summary:
    'Store a version of a function, and make it answer: everybody, a share of the callers, or at its own address',
  params: functionParameters,
  query: noParameters,
  body: { schema: deployRequestSchema, maxBytes: DEPLOY_BYTES },
  answers: [
    { kind: 'json', description: 'The version answers as it was asked, or did already.', schema: deployResponseSchema },
  ],
  errors: [
    'function-not-found',
    'unknown-zone',
    'route-conflict',
    'deploy-conflict',
    'egress-unaccepted',
    'version-mismatch',
    'body-too-large',
    'load-shed',
    'store-unavailable',
    'bus-unavailable',
  ],
  async handle({ params, body, tenant }, { deployer, log }) {
    const deployed = await deployer.deploy(tenant, params.name, body);
    const { version, result } = deployed;
    logDeployed(log, { tenant, function: params.name, version, result });
    return { json: deployed };
  },
});
