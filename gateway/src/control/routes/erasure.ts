/** The end of a tenant: announced with a notice, called off, carried out. Each step is in the audit log before it is made. */
import {
  announceErasureRequestSchema,
  DEFAULT_NOTICE_MS,
  documentDigest,
  type Erasure,
  erasureAnswerSchema,
  PROTOCOL_VERSION,
} from '@sovfn/protocol';
import { noParameters, tenantParameters as params } from '../parameters.ts';
import { defineRoute } from '../route.ts';

const REQUEST_BYTES = 1_024;
const path = '/v1/tenants/{tenant}/erasure';
const answers = [{ kind: 'json', description: 'Where the erasure is.', schema: erasureAnswerSchema }] as const;

export const showErasure = defineRoute({
  ...{ method: 'get', path, params, query: noParameters, body: null, answers },
  operation: 'showErasure',
  summary: 'Show whether a tenant is to be erased, and the certificate when it was',
  errors: ['tenant-not-found', 'erasure-conflict'],
  async handle({ params: { tenant } }, { tenants }) {
    return answer(tenant, await tenants.erasure(tenant));
  },
});

export const announceErasure = defineRoute({
  ...{ method: 'put', path, params, query: noParameters, answers },
  operation: 'announceErasure',
  summary: 'Announce that a tenant will be erased: until the notice is over, everything works and it can be called off',
  body: { schema: announceErasureRequestSchema, maxBytes: REQUEST_BYTES },
  errors: ['tenant-not-found', 'erasure-conflict', 'body-too-large'],
  async handle({ params: { tenant }, body, grant }, { erasure }) {
    return answer(tenant, await erasure.announce(tenant, body.noticeMs ?? DEFAULT_NOTICE_MS, grant.actor));
  },
});

export const cancelErasure = defineRoute({
  ...{ method: 'delete', path, params, query: noParameters, body: null, answers },
  operation: 'cancelErasure',
  summary: 'Call the erasure of a tenant off',
  errors: ['tenant-not-found', 'erasure-conflict'],
  async handle({ params: { tenant } }, { erasure }) {
    await erasure.cancel(tenant);
    return answer(tenant, null);
  },
});

export const eraseTenant = defineRoute({
  ...{ method: 'post', params, query: noParameters, body: null, answers },
  path: `${path}/carry-out`,
  operation: 'eraseTenant',
  summary:
    'Erase a tenant whose notice is over: its data is removed, its keys are destroyed, and a certificate is signed',
  errors: ['tenant-not-found', 'erasure-conflict', 'key-unavailable', 'store-unavailable', 'bus-unavailable'],
  async handle({ params: { tenant }, grant }, { erasure, audit }) {
    const signed = await erasure.carryOut(tenant);
    await audit.record({
      ...{ action: 'tenantErased', tenant, actor: grant.actor, function: null },
      details: { certificate: documentDigest(signed.certificate) },
    });
    return answer(tenant, { state: 'erased', signed });
  },
});

function answer(tenant: string, erasure: Erasure | null) {
  return { json: { v: PROTOCOL_VERSION, tenant, erasure } };
}
