/**
 * What operators may read of a tenant while it has agreed: routes of the tenants, once more, under the tenant's name.
 *
 * Guarantees: each request is in the tenant's audit log before anything is read, and a log that is followed ends with the grant.
 */
import { auditText } from '@sovfn/protocol';
import type { Operation } from '../access/route-scopes.ts';
import { tenantParameters } from '../parameters.ts';
import type { AnyRoute, ControlContext, Reply, RouteRequest } from '../route.ts';
import { listDeadLetters, showDeadLetter } from './dead-letters.ts';
import { listEventsOfFunction, showEvent } from './events.ts';
import { getOutput, getOutputBody } from './get-output.ts';
import { listFunctions } from './list-functions.ts';
import { listOutputs } from './list-outputs.ts';
import { readLogs } from './read-logs.ts';
import { showFunction } from './show-function.ts';

export const SUPPORT_ROUTES: readonly AnyRoute[] = [
  forSupport('supportListFunctions', listFunctions),
  forSupport('supportShowFunction', showFunction),
  forSupport('supportReadLogs', readLogs),
  forSupport('supportListOutputs', listOutputs),
  forSupport('supportGetOutput', getOutput),
  forSupport('supportGetOutputBody', getOutputBody),
  forSupport('supportListEvents', listEventsOfFunction),
  forSupport('supportShowEvent', showEvent),
  forSupport('supportListDeadLetters', listDeadLetters),
  forSupport('supportShowDeadLetter', showDeadLetter),
];

function forSupport(operation: Operation, route: AnyRoute): AnyRoute {
  return {
    ...route,
    operation,
    path: `/v1/tenants/{tenant}/support${route.path.slice('/v1'.length)}`,
    summary: `For the operator, while the tenant has agreed: ${route.summary}`,
    params: route.params.extend(tenantParameters.shape),
    errors: [...route.errors, 'tenant-not-found', 'support-consent-required', 'audit-unavailable'],
    handle: async (request, context) => readForSupport(route, request, context),
  };
}

async function readForSupport(
  route: AnyRoute,
  request: RouteRequest<unknown, unknown, unknown>,
  context: ControlContext,
): Promise<Reply> {
  const { tenant, ...params } = request.params as Readonly<Record<string, string>> & { readonly tenant: string };
  const { name = null, ...things } = params;
  const details = { operation: route.operation, ...things, ...textsOf(request.query) };
  await context.support.use({ tenant, actor: request.grant.actor, function: name, details });
  const reply = await route.handle(
    { ...request, params, tenant } as unknown as RouteRequest<never, never, never>,
    context,
  );
  return 'stream' in reply ? { ...reply, isStillAllowed: () => context.support.holds(tenant) } : reply;
}

/** What was asked for, as an entry of the audit log can hold it. */
function textsOf(query: unknown): Record<string, string> {
  const asked = Object.entries(query as object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(asked.map(([key, value]) => [key, auditText(String(value))]));
}
