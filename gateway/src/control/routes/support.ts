/** Support access: a tenant agrees for a time, looks at it, and takes it back. Each step is in its audit log before it is made. */
import {
  grantSupportRequestSchema,
  PROTOCOL_VERSION,
  stateOfSupport,
  supportAnswerSchema,
  type SupportGrant,
  supportListSchema,
  type SupportSummary,
  tokenIdSchema,
} from '@sovfn/protocol';
import { z } from 'zod';
import { noParameters, tenantParameters } from '../parameters.ts';
import { defineRoute } from '../route.ts';

const REQUEST_BYTES = 4_096;
const path = '/v1/support';
const grants = [{ kind: 'json', description: 'The grants, the newest first.', schema: supportListSchema }] as const;

export const grantSupport = defineRoute({
  ...{ method: 'post', path, params: noParameters, query: noParameters },
  operation: 'grantSupport',
  summary: 'Agree that operators read logs, outputs and events of the tenant, until a time',
  body: { schema: grantSupportRequestSchema, maxBytes: REQUEST_BYTES },
  answers: [{ kind: 'json', description: 'Operators may read from now on.', schema: supportAnswerSchema }],
  errors: ['too-many-support-grants', 'body-too-large'],
  async handle({ body: { ttlMs, reason }, tenant, grant: { actor } }, { support }) {
    const made = await support.grant(tenant, { ttlMs, reason, actor });
    return { json: { v: PROTOCOL_VERSION, tenant, grant: summarize(made) } };
  },
});

export const listSupport = defineRoute({
  ...{ method: 'get', path, params: noParameters, query: noParameters, body: null, answers: grants },
  operation: 'listSupport',
  summary: 'List the support grants of the tenant, those that have ended lately included',
  errors: [],
  async handle({ tenant }, { support }) {
    return listOf(tenant, await support.list(tenant));
  },
});

export const revokeSupport = defineRoute({
  ...{ method: 'delete', query: noParameters, body: null },
  path: `${path}/{grant}`,
  params: z.strictObject({ grant: tokenIdSchema.describe('Id of the grant') }),
  operation: 'revokeSupport',
  summary: 'Take a support grant back: from then on it is of no use',
  answers: [{ kind: 'json', description: 'It has ended.', schema: supportAnswerSchema }],
  errors: ['support-not-found'],
  async handle({ params, tenant }, { support }) {
    const grant = await support.revoke(tenant, params.grant);
    return { json: { v: PROTOCOL_VERSION, tenant, grant: summarize(grant) } };
  },
});

export const listTenantSupport = defineRoute({
  ...{ method: 'get', query: noParameters, body: null, answers: grants },
  path: '/v1/tenants/{tenant}/support',
  params: tenantParameters,
  operation: 'listTenantSupport',
  summary: 'List the support grants of a tenant, for its operator',
  errors: ['tenant-not-found'],
  async handle({ params: { tenant } }, { support }) {
    return listOf(tenant, await support.list(tenant));
  },
});

function listOf(tenant: string, found: readonly SupportGrant[]) {
  return { json: { v: PROTOCOL_VERSION, tenant, grants: found.map(summarize) } };
}

function summarize(grant: SupportGrant): SupportSummary {
  const { isExpiryNoted: _, ...facts } = grant;
  return { ...facts, state: stateOfSupport(grant, Date.now()) };
}
