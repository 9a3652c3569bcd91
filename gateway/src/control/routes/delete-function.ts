import { deleteResponseSchema, deletionPlanSchema } from '@sovfn/protocol';
import { z } from 'zod';
import { planDeletion } from '../deploy/deletion-plan.ts';
import { logDeleted } from '../events.ts';
import { requireFunction } from '../functions.ts';
import { functionParameters, noParameters, switchSchema } from '../parameters.ts';
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

export const showDeletion = defineRoute({
  method: 'get',
  path: '/v1/functions/{name}/deletion',
  operation: 'showDeletion',
  summary: 'Show what deleting a function would end, what would wait for its return, and what would stay',
  params: functionParameters,
  query: noParameters,
  body: null,
  answers: [{ kind: 'json', description: 'Nothing is deleted by asking.', schema: deletionPlanSchema }],
  errors: ['function-not-found'],
  async handle({ params, tenant }, context) {
    return { json: await planDeletion(context, requireFunction(context, tenant, params.name)) };
  },
});
