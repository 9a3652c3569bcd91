/** Secrets of a function, also of one that is not deployed yet. Values go in and never come out. */
import {
  deleteSecretResponseSchema,
  nameSchema,
  PROTOCOL_VERSION,
  SECRET_BYTES,
  secretAnswerSchema,
  secretListSchema,
  secretNames,
  type SecretSummary,
  secretUses,
  setSecretRequestSchema,
  variableNameSchema,
} from '@sovfn/protocol';
import { z } from 'zod';
import type { FunctionName } from '../../outputs/output-address.ts';
import { announceVersions } from '../../secrets/announce-versions.ts';
import type { SecretFacts } from '../../secrets/secret-store.ts';
import { missingSecrets } from '../../secrets/used-secrets.ts';
import { logSecretDeleted, logSecretSet } from '../events.ts';
import { functionParameters, noParameters } from '../parameters.ts';
import { type ControlContext, defineRoute } from '../route.ts';

/** JSON escapes a value to at most six times its bytes. */
const SET_BYTES = SECRET_BYTES * 6 + 1_024;

const secretParameters = z.strictObject({
  name: nameSchema.describe('Name of the function'),
  secret: variableNameSchema.describe('Name of the secret'),
});

export const listSecrets = defineRoute({
  method: 'get',
  path: '/v1/functions/{name}/secrets',
  operation: 'listSecrets',
  summary: 'List the secrets of a function: names, versions and dates, never values',
  params: functionParameters,
  query: noParameters,
  body: null,
  answers: [{ kind: 'json', description: 'The secrets, by name.', schema: secretListSchema }],
  errors: [],
  async handle({ params, tenant }, context) {
    const of = { tenant, function: params.name };
    const { registry, secrets } = context;
    const config = registry.get(tenant, params.name)?.manifest.config ?? null;
    const missing = config === null ? [] : missingSecrets(secrets, of, config);
    const list = secrets.list(of).map((facts) => summarize(context, of, facts));
    return { json: { v: PROTOCOL_VERSION, function: params.name, secrets: list, missing } };
  },
});

export const setSecret = defineRoute({
  method: 'put',
  path: '/v1/functions/{name}/secrets/{secret}',
  operation: 'setSecret',
  summary: 'Set a secret: it is used at once, without a deploy',
  params: secretParameters,
  query: noParameters,
  body: { schema: setSecretRequestSchema, maxBytes: SET_BYTES },
  answers: [{ kind: 'json', description: 'The secret is set.', schema: secretAnswerSchema }],
  errors: ['too-many-secrets', 'secret-conflict', 'deploy-conflict', 'body-too-large', 'bus-unavailable'],
  async handle({ params, body, tenant }, context) {
    const of = { tenant, function: params.name };
    const facts = await context.secrets.set(of, params.secret, body);
    await announceVersions(context.registry, context.secrets, of);
    logSecretSet(context.log, { ...of, secret: facts.name, version: facts.version });
    return { json: { v: PROTOCOL_VERSION, function: params.name, secret: summarize(context, of, facts) } };
  },
});

export const deleteSecret = defineRoute({
  method: 'delete',
  path: '/v1/functions/{name}/secrets/{secret}',
  operation: 'deleteSecret',
  summary: 'Delete a secret: nothing accepts it or gets it any more',
  params: secretParameters,
  query: noParameters,
  body: null,
  answers: [{ kind: 'json', description: 'The secret is gone.', schema: deleteSecretResponseSchema }],
  errors: ['secret-not-found', 'secret-conflict', 'deploy-conflict', 'bus-unavailable'],
  async handle({ params, tenant }, { registry, secrets, log }) {
    const of = { tenant, function: params.name };
    await secrets.delete(of, params.secret);
    await announceVersions(registry, secrets, of);
    logSecretDeleted(log, { ...of, secret: params.secret });
    return { json: { v: PROTOCOL_VERSION, function: params.name, name: params.secret } };
  },
});

function summarize({ registry }: ControlContext, of: FunctionName, facts: SecretFacts): SecretSummary {
  const config = registry.get(of.tenant, of.function)?.manifest.config ?? null;
  const use = config === null ? undefined : secretUses(config).find(({ name }) => name === facts.name);
  const isUsed = config !== null && secretNames(config).includes(facts.name);
  if (use === undefined) return { ...facts, isUsed, code: null };
  const { isExposed, isForSigning, origins } = use;
  return { ...facts, isUsed, code: { isExposed, isForSigning, origins: [...origins] } };
}
