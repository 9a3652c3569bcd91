/** Tokens of a tenant. A token's secret is in the answer that makes it, and nowhere else. */
import {
  createTokenRequestSchema,
  isOwner,
  nameSchema,
  PROTOCOL_VERSION,
  OPERATOR_SCOPES,
  revokeTokenResponseSchema,
  ROLES,
  rotateTokenRequestSchema,
  type Scope,
  scopesOf,
  SovfnError,
  tokenAnswerSchema,
  tokenIdSchema,
  tokenListSchema,
  type TokenRecord,
  type TokenSummary,
} from '@sovfn/protocol';
import { z } from 'zod';
import { consentRequired } from '../../access/support-consent.ts';
import { tenantNotFound } from '../../access/tenant-registry.ts';
import type { IssuedToken } from '../../access/token-registry.ts';
import { assertScope } from '../access/admission.ts';
import type { TokenGrant } from '../access/tokens.ts';
import { logTokenMade, logTokenRevoked } from '../events.ts';
import { noParameters } from '../parameters.ts';
import { type ControlContext, defineRoute } from '../route.ts';

const REQUEST_BYTES = 16_384;

const tokenParameters = z.strictObject({ token: tokenIdSchema.describe('Id of the token') });
const ofTenant = z.strictObject({
  tenant: nameSchema.optional().describe('Tenant; default: that of the token that asks. Others need platform:admin'),
});

export const listTokens = defineRoute({
  method: 'get',
  path: '/v1/tokens',
  operation: 'listTokens',
  summary: 'List the tokens of the tenant, without what could be used',
  params: noParameters,
  query: ofTenant,
  body: null,
  answers: [{ kind: 'json', description: 'The tokens, by name.', schema: tokenListSchema }],
  errors: ['tenant-not-found'],
  async handle({ query, grant }, context) {
    const tenant = await tenantAsked(context, grant, query.tenant);
    const records = await context.tokens.list(tenant);
    return { json: { v: PROTOCOL_VERSION, tokens: records.map(summarize) } };
  },
});

export const createToken = defineRoute({
  method: 'post',
  path: '/v1/tokens',
  operation: 'createToken',
  summary: 'Make a token; it may not do more than the one that asks',
  params: noParameters,
  query: noParameters,
  body: { schema: createTokenRequestSchema, maxBytes: REQUEST_BYTES },
  answers: [{ kind: 'json', description: 'The token, which is not shown again.', schema: tokenAnswerSchema }],
  errors: ['tenant-not-found', 'erasure-conflict', 'support-consent-required', 'too-many-tokens', 'body-too-large'],
  async handle({ body, grant }, context) {
    const { v: _, tenant: asked, ...facts } = body;
    for (const scope of scopesOf(facts.role, facts.scopes)) assertScope(grant, scope);
    const tenant = await tenantAsked(context, grant, asked ?? undefined);
    await context.erasure.assertUsable(tenant);
    await assertNeedsNoConsent(context, tenant, scopesOf(facts.role, facts.scopes));
    if (facts.expiresAt !== null && Date.parse(facts.expiresAt) <= Date.now()) throw alreadyExpired(facts.expiresAt);
    const createdAt = new Date().toISOString();
    const made = await context.tokens.create({ ...facts, tenant, createdAt, createdBy: grant.actor });
    const details = { token: made.record.id, name: facts.name };
    context.audit.count({ action: 'tokenIssued', tenant, actor: grant.actor, details });
    return issued(context, made);
  },
});

export const rotateToken = defineRoute({
  method: 'post',
  path: '/v1/tokens/{token}/rotate',
  operation: 'rotateToken',
  summary: 'Replace the secret of a token; the one before is still taken for a while',
  params: tokenParameters,
  query: ofTenant,
  body: { schema: rotateTokenRequestSchema, maxBytes: REQUEST_BYTES },
  answers: [{ kind: 'json', description: 'The token, which is not shown again.', schema: tokenAnswerSchema }],
  errors: ['tenant-not-found', 'token-not-found', 'token-conflict', 'support-consent-required', 'body-too-large'],
  async handle({ params, query, body, grant }, context) {
    const tenant = await tenantAsked(context, grant, query.tenant);
    const before = await context.tokens.find(params.token);
    // Whoever rotates a token gets what it may do.
    if (before?.tenant === tenant) {
      const scopes = scopesOf(before.role, before.scopes);
      for (const scope of scopes) assertScope(grant, scope);
      await assertNeedsNoConsent(context, tenant, scopes);
    }
    return issued(context, await context.tokens.rotate(tenant, params.token, body.overlapMs));
  },
});

export const revokeToken = defineRoute({
  method: 'delete',
  path: '/v1/tokens/{token}',
  operation: 'revokeToken',
  summary: 'End a token: within seconds no gateway takes it any more',
  params: tokenParameters,
  query: ofTenant,
  body: null,
  answers: [{ kind: 'json', description: 'The token is gone.', schema: revokeTokenResponseSchema }],
  errors: ['tenant-not-found', 'token-not-found'],
  async handle({ params, query, grant }, context) {
    const tenant = await tenantAsked(context, grant, query.tenant);
    await context.tokens.revoke(tenant, params.token);
    logTokenRevoked(context.log, { tenant, token: params.token });
    return { json: { v: PROTOCOL_VERSION, id: params.token } };
  },
});

/** Throws `forbidden` before it is known whether the tenant exists; `tenant-not-found`. */
export async function tenantAsked(
  { tenants }: ControlContext,
  grant: TokenGrant,
  asked: string | undefined,
): Promise<string> {
  if (asked === undefined || asked === grant.tenant) return grant.tenant;
  assertScope(grant, 'platform:admin');
  if (await tenants.exists(asked)) return asked;
  throw tenantNotFound(asked);
}

/**
 * An operator makes the first token of a tenant, and tokens of operators; one that reads what is a tenant's own would be support
 * access without its consent. Throws `support-consent-required`.
 */
async function assertNeedsNoConsent(
  context: ControlContext,
  tenant: string,
  scopes: ReadonlySet<Scope>,
): Promise<void> {
  const { listener, config, logins, tokens } = context;
  if (listener === 'tenant' || [...scopes].every((scope) => OF_OPERATORS.has(scope))) return;
  const hasOwner = tenant === config.tenant || logins.hasOwnerOf(tenant) || (await tokens.list(tenant)).some(isOfOwner);
  if (hasOwner) throw consentRequired(tenant);
}

const OF_OPERATORS: ReadonlySet<Scope> = new Set<Scope>([...ROLES.operator, ...OPERATOR_SCOPES]);

function isOfOwner(token: TokenRecord): boolean {
  const { expiresAt } = token;
  return isOwner(token) && (expiresAt === null || Date.parse(expiresAt) > Date.now());
}

export function issued({ log }: ControlContext, { record, token: secret }: IssuedToken) {
  logTokenMade(log, { tenant: record.tenant, token: record.id });
  return { json: { v: PROTOCOL_VERSION, token: summarize(record), secret } };
}

function summarize({ v: _, secrets, ...facts }: TokenRecord): TokenSummary {
  return { ...facts, previousAcceptedUntil: secrets[1]?.acceptedUntil ?? null };
}

function alreadyExpired(expiresAt: string): SovfnError {
  return new SovfnError('bad-request', `the token would have expired already: ${expiresAt}`, {
    hint: 'Name a time that is to come.',
  });
}
