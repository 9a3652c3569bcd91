/** Logging in with a token of an issuer that the operator trusts. Both routes are for strangers. */
import {
  isSovfnError,
  LOGIN_ACTOR,
  loginOptionsSchema,
  loginRequestSchema,
  PROTOCOL_VERSION,
  auditText,
  tokenAnswerSchema,
} from '@sovfn/protocol';
import type { LoggedIn } from '../../access/oidc/logins.ts';
import { tenantNotFound } from '../../access/tenant-registry.ts';
import { noParameters } from '../parameters.ts';
import { type ControlContext, defineRoute, type RouteRequest } from '../route.ts';
import { issued } from './tokens.ts';

const REQUEST_BYTES = 32 * 1024;
const MINUTE_MS = 60_000;

export const showLoginOptions = defineRoute({
  method: 'get',
  path: '/v1/login',
  operation: 'showLogin',
  summary: 'Where people log in: issuers of OpenID Connect, and the client that the command line is there',
  params: noParameters,
  query: noParameters,
  body: null,
  answers: [{ kind: 'json', description: 'The issuers.', schema: loginOptionsSchema }],
  errors: [],
  handle: async (_, { logins }) => ({ json: { v: PROTOCOL_VERSION, issuers: logins.options } }),
});

export const logIn = defineRoute({
  method: 'post',
  path: '/v1/login',
  operation: 'logIn',
  summary: 'Give an ID token of a trusted issuer, and get a token of the platform that is taken for a while',
  params: noParameters,
  query: noParameters,
  body: { schema: loginRequestSchema, maxBytes: REQUEST_BYTES },
  answers: [{ kind: 'json', description: 'The token, which is not shown again.', schema: tokenAnswerSchema }],
  errors: [
    'login-refused',
    'issuer-unavailable',
    'tenant-not-found',
    'erasure-conflict',
    'too-many-tokens',
    'audit-unavailable',
    'bus-unavailable',
    'body-too-large',
  ],
  async handle(request, context) {
    const { issuer, subject, rule } = await verify(request, context);
    const { name, tenant, function: only, role, scopes, minutes } = rule;
    if (!(await context.tenants.exists(tenant))) throw tenantNotFound(tenant);
    await context.erasure.assertUsable(tenant);
    const details = { rule: name, issuer: auditText(issuer), subject: auditText(subject) };
    // Written before the token exists: nobody logs in unseen.
    await context.audit.record({ action: 'loggedIn', tenant, actor: LOGIN_ACTOR, function: only, details });
    const now = Date.now();
    const expiresAt = new Date(now + minutes * MINUTE_MS).toISOString();
    const facts = { name, tenant, function: only, role, scopes, expiresAt };
    const createdAt = new Date(now).toISOString();
    const made = await context.tokens.create({ ...facts, createdAt, createdBy: LOGIN_ACTOR });
    context.audit.count({
      action: 'tokenIssued',
      tenant,
      actor: LOGIN_ACTOR,
      details: { token: made.record.id, name },
    });
    return issued(context, made);
  },
});

/** Failures are counted, and answered later each time. */
async function verify(
  { body, address }: Pick<RouteRequest<unknown, unknown, { idToken: string; rule: string | null }>, 'body' | 'address'>,
  { logins, backOff, audit }: ControlContext,
): Promise<LoggedIn> {
  try {
    const found = await logins.verify(body.idToken, body.rule);
    backOff.forget(address);
    return found;
  } catch (error) {
    if (isSovfnError(error) && error.code === 'login-refused') {
      audit.count({ action: 'loginFailed', details: { reason: 'id-token', address } });
      await backOff.holdBack(address);
    }
    throw error;
  }
}
