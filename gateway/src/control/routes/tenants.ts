/** Tenants of the platform and their quotas. */
import {
  changeTenantRequestSchema,
  createTenantRequestSchema,
  NO_QUOTAS,
  PROTOCOL_VERSION,
  tenantAnswerSchema,
  tenantDetailSchema,
  tenantListSchema,
  type TenantRecord,
  type TenantSummary,
} from '@sovfn/protocol';
import { tenantNotFound } from '../../access/tenant-registry.ts';
import { noParameters, tenantParameters } from '../parameters.ts';
import { type ControlContext, defineRoute } from '../route.ts';

const REQUEST_BYTES = 4_096;

export const listTenants = defineRoute({
  method: 'get',
  path: '/v1/tenants',
  operation: 'listTenants',
  summary: 'List the tenants of the platform, with their quotas',
  params: noParameters,
  query: noParameters,
  body: null,
  answers: [{ kind: 'json', description: 'The tenants, by name.', schema: tenantListSchema }],
  errors: [],
  async handle(_, context) {
    const tenants = context.tenants.list().map(({ name, record }) => summarize(context, name, record));
    return { json: { v: PROTOCOL_VERSION, tenants } };
  },
});

export const createTenant = defineRoute({
  method: 'post',
  path: '/v1/tenants',
  operation: 'createTenant',
  summary: 'Make a tenant; its first token is made with platform:admin',
  params: noParameters,
  query: noParameters,
  body: { schema: createTenantRequestSchema, maxBytes: REQUEST_BYTES },
  answers: [{ kind: 'json', description: 'The tenant is there.', schema: tenantAnswerSchema }],
  errors: ['tenant-exists', 'body-too-large'],
  async handle({ body: { name, quotas } }, context) {
    const record = await context.tenants.create(name, quotas);
    return { json: { v: PROTOCOL_VERSION, tenant: summarize(context, name, record) } };
  },
});

export const showTenant = defineRoute({
  method: 'get',
  path: '/v1/tenants/{tenant}',
  operation: 'showTenant',
  summary: 'Show a tenant with its quotas, and count how much it keeps: lists all of it',
  params: tenantParameters,
  query: noParameters,
  body: null,
  answers: [{ kind: 'json', description: 'The tenant.', schema: tenantDetailSchema }],
  errors: ['tenant-not-found', 'store-unavailable'],
  async handle({ params: { tenant: name } }, context) {
    if (!(await context.tenants.exists(name))) throw tenantNotFound(name);
    const storage = await context.storageCounter.count(name);
    const record = context.tenants.list().find((one) => one.name === name)?.record ?? null;
    return { json: { v: PROTOCOL_VERSION, tenant: summarize(context, name, record), storage } };
  },
});

export const setTenant = defineRoute({
  method: 'put',
  path: '/v1/tenants/{tenant}',
  operation: 'setTenant',
  summary: 'Replace the quotas of a tenant',
  params: tenantParameters,
  query: noParameters,
  body: { schema: changeTenantRequestSchema, maxBytes: REQUEST_BYTES },
  answers: [
    { kind: 'json', description: 'The quotas hold in every gateway within seconds.', schema: tenantAnswerSchema },
  ],
  errors: ['tenant-not-found', 'body-too-large'],
  async handle({ params, body }, context) {
    const record = await context.tenants.setQuotas(params.tenant, body.quotas);
    context.storageCounter.countSoon(params.tenant);
    return { json: { v: PROTOCOL_VERSION, tenant: summarize(context, params.tenant, record) } };
  },
});

function summarize(
  { registry, storageRoom }: ControlContext,
  name: string,
  record: TenantRecord | null,
): TenantSummary {
  const functions = [...registry.all()].filter(({ tenant }) => tenant === name).length;
  const erasure = record?.erasure?.state ?? null;
  const quotas = record?.quotas ?? NO_QUOTAS;
  const use = quotas.storageBytes === null ? null : storageRoom.use(name);
  const storage = use === null ? null : { usedBytes: use.usedBytes, measuredAt: use.measuredAt };
  return { name, createdAt: record?.createdAt ?? null, quotas, functions, erasure, storage };
}
