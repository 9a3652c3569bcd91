import { deleteResponseSchema } from '@sovfn/protocol';
import { z } from 'zod';
import { logDeleted } from '../events.ts';
import { functionParameters, switchSchema } from '../parameters.ts';
import { defineRoute } from '../route.ts';

export const deleteFunction = defineRoute({
  method: 'delete',
  path: '/v1/functions/{name}',
  operation: 'deleteFunction',
  summary: 'Delete a function: it stops answering at once. Its outputs stay',
  params: functionParameters,
  query: z.strictObject({
    purge: switchSchema.describe('Also remove the code of all its versions from the object store'),
  }),
  body: null,
  answers: [{ kind: 'json', description: 'The function is gone.', schema: deleteResponseSchema }],
  errors: ['function-not-found', 'load-shed', 'store-unavailable', 'bus-unavailable'],
  async handle({ params, query, tenant }, { deployer, log }) {
    const deleted = await deployer.delete(tenant, params.name, { purge: query.purge === 'true' });
    logDeleted(log, { tenant, function: params.name, purged: deleted.purged });
    return { json: deleted };
  },
});
