import { deployRequestSchema, deployResponseSchema } from '@sovfn/protocol';
import { exceeded } from '../../access/tenant-quotas.ts';
import { logDeployed } from '../events.ts';
import { functionParameters, noParameters } from '../parameters.ts';
import { type ControlContext, defineRoute } from '../route.ts';

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
    'store-out-of-zone',
    'route-conflict',
    'deploy-conflict',
    'egress-unaccepted',
    'signature-refused',
    'version-mismatch',
    'body-too-large',
    'quota-exceeded',
    'storage-full',
    'load-shed',
    'store-unavailable',
    'bus-unavailable',
  ],
  async handle({ params, body, tenant }, context) {
    const { deployer, log } = context;
    assertRoomForFunction(context, tenant, params.name);
    const deployed = await deployer.deploy(tenant, params.name, body);
    const { version, result } = deployed;
    logDeployed(log, { tenant, function: params.name, version, result });
    return { json: deployed };
  },
});

/** Throws `quota-exceeded` for a function that would be one too many. */
function assertRoomForFunction({ tenants, functions }: ControlContext, tenant: string, name: string): void {
  const limitValue = tenants.quotas(tenant)?.functions ?? null;
  const names = functions.names(tenant);
  if (limitValue === null || names.length < limitValue || names.includes(name)) return;
  throw exceeded(tenant, { limit: 'functions', limitValue, measured: names.length }, null);
}
