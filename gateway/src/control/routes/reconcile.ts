/** Whether what was accepted is where it must be. */
import { PROTOCOL_VERSION, reconcileResponseSchema } from '@sovfn/protocol';
import { z } from 'zod';
import { reconcile, type ReconcileOptions } from '../../events/reconcile/reconcile.ts';
import { StoredOutputsCheck } from '../../events/reconcile/stored-outputs-check.ts';
import { logDisagreements } from '../events.ts';
import { functionParameters, noParameters } from '../parameters.ts';
import { type ControlContext, defineRoute } from '../route.ts';
import { functionInZones } from './events.ts';

const query = z.strictObject({
  outputs: z.enum(['check', 'skip']).default('check').describe('Whether outputs are looked for in the object store'),
});
const answers = [
  { kind: 'json', description: 'What was compared, and what disagrees.', schema: reconcileResponseSchema },
] as const;
const ERRORS = ['bus-unavailable', 'store-unavailable', 'store-refused'] as const;

export const reconcileFunction = defineRoute({
  method: 'get',
  path: '/v1/functions/{name}/reconcile',
  operation: 'reconcileFunction',
  summary: 'Compare the events of a function that were accepted in the last 72 hours with those that ended or wait',
  params: functionParameters,
  query,
  body: null,
  answers,
  errors: ERRORS,
  async handle({ params, query: asked, tenant, signal }, context) {
    return answer(context, tenant, { names: [params.name], outputs: asked.outputs, signal });
  },
});

export const reconcileAll = defineRoute({
  method: 'get',
  path: '/v1/reconcile',
  operation: 'reconcile',
  summary: 'Compare the events of every function that has had any',
  params: noParameters,
  query,
  body: null,
  answers,
  errors: ERRORS,
  async handle({ query: asked, tenant, signal }, context) {
    const records = context.dispatch.all().filter((record) => record.tenant === tenant);
    const names = [...new Set(records.map((record) => record.function))].toSorted();
    return answer(context, tenant, { names, outputs: asked.outputs, signal });
  },
});

interface Asked {
  readonly names: readonly string[];
  readonly outputs: 'check' | 'skip';
  readonly signal: AbortSignal;
}

/** One function after the other, so that what is held in memory is that of one. */
async function answer(context: ControlContext, tenant: string, { names, outputs, signal }: Asked) {
  const { streams } = context.eventTools;
  const options: ReconcileOptions = { streams, signal, outputs: outputs === 'skip' ? null : outputsCheck(context) };
  const functions = [];
  for (const name of names) {
    const found = await reconcile(options, functionInZones(context, tenant, name));
    if (found.disagreementCount > 0) {
      logDisagreements(context.log, { tenant, function: name, disagreements: found.disagreementCount });
    }
    functions.push(found);
  }
  return { json: { v: PROTOCOL_VERSION, functions } };
}

function outputsCheck({ store, config, functions }: ControlContext): StoredOutputsCheck {
  return new StoredOutputsCheck({
    store,
    bucket: config.store.outputs,
    daysOf: ({ tenant, function: name }) => functions.get(tenant, name)?.outputs.days ?? null,
  });
}
