/** Whether a token may use a route. Decided before anything is looked up, so that a refusal says nothing of what exists. */
import { OPERATOR_SCOPES, type Scope, SovfnError } from '@sovfn/protocol';
import type { AnyRoute } from '../route.ts';
import { ROUTE_SCOPES } from './route-scopes.ts';
import type { TokenGrant } from './tokens.ts';

const OF_A_FUNCTION = '/v1/functions/{name}';

/** `name`: of the function in the address; undefined: the route has none. Throws `forbidden`. */
export function assertAllowed(grant: TokenGrant, route: AnyRoute, name: string | undefined): void {
  const scope = ROUTE_SCOPES[route.operation];
  if (scope !== 'public') assertScope(grant, scope);
  if (grant.function === null) return;
  if (route.path.startsWith(OF_A_FUNCTION) && name === grant.function) return;
  throw new SovfnError('forbidden', `the token is for the function "${grant.function}" only`, {
    hint: 'Use a token without a function.',
    facts: { function: grant.function },
  });
}

/** Throws `forbidden`. */
export function assertScope({ scopes }: TokenGrant, scope: Scope): void {
  if (scopes.has(scope)) return;
  throw new SovfnError('forbidden', `the token does not have the scope "${scope}", which this needs`, {
    hint: OPERATOR_SCOPES.has(scope)
      ? 'It is of the operator, who has a listener of its own.'
      : 'An owner of the tenant can make one: `sovfn tokens create --scope`.',
    facts: { scope },
  });
}
