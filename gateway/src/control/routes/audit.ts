/** The audit log: read by people, exported with proofs, and as it is stored. */
import { auditExportSchema, auditListSchema, auditPageSchema, nameSchema, SovfnError } from '@sovfn/protocol';
import { z } from 'zod';
import { exportAudit, listAudit, readArchivedAuditPage, readAuditPage } from '../../audit/read-audit.ts';
import type { Proofs } from '../../archive/open-proofs.ts';
import { assertScope } from '../access/admission.ts';
import { noParameters, switchSchema } from '../parameters.ts';
import { defineRoute } from '../route.ts';
import { tenantAsked } from './tokens.ts';

const DEFAULT_LIMIT = 50;
const LARGEST_LIMIT = 500;

const tenant = nameSchema.optional().describe('Tenant; default: that of the token. Others need platform:admin');

export const listAuditEntries = defineRoute({
  method: 'get',
  path: '/v1/audit',
  operation: 'listAudit',
  summary: 'List entries of the audit log, the newest first',
  params: noParameters,
  query: z.strictObject({
    tenant,
    all: switchSchema.describe('Of every tenant and of the platform: needs platform:admin'),
    limit: z.coerce.number().int().min(1).max(LARGEST_LIMIT).default(DEFAULT_LIMIT).describe('How many'),
    before: z.coerce.number().int().min(0).optional().describe('Only entries older than this index'),
  }),
  body: null,
  answers: [{ kind: 'json', description: 'The entries; `next` when there are more.', schema: auditListSchema }],
  errors: ['tenant-not-found', 'audit-unavailable'],
  async handle({ query: { limit, before = null, ...asked }, grant }, context) {
    if (asked.all === 'true') assertScope(grant, 'platform:admin');
    const of = asked.all === 'true' ? null : await tenantAsked(context, grant, asked.tenant);
    await context.audit.flush();
    return { json: await listAudit(context.connection, { tenant: of, limit, before }) };
  },
});

export const exportAuditLog = defineRoute({
  method: 'get',
  path: '/v1/audit/export',
  operation: 'exportAudit',
  summary: 'Export the entries about a tenant, with proofs that verify without the platform',
  params: noParameters,
  query: z.strictObject({ tenant }),
  body: null,
  answers: [{ kind: 'json', description: 'The export.', schema: auditExportSchema }],
  errors: ['tenant-not-found', 'audit-unavailable'],
  async handle({ query, grant }, context) {
    const of = await tenantAsked(context, grant, query.tenant);
    await context.audit.flush();
    return { json: await exportAudit(context.connection, of) };
  },
});

export const readAuditLog = defineRoute({
  method: 'get',
  path: '/v1/audit/log',
  operation: 'readAuditLog',
  summary: 'Read the whole audit log as it is stored, for whoever verifies it',
  params: noParameters,
  query: z.strictObject({
    from: z.coerce.number().int().min(1).default(1).describe('Sequence of the first message'),
    source: z.enum(['bus', 'archive']).default('bus').describe('The log itself, or its copies in the object store'),
  }),
  body: null,
  answers: [{ kind: 'json', description: 'Messages; `next` when there are more.', schema: auditPageSchema }],
  errors: ['audit-unavailable', 'audit-archive-missing', 'store-unavailable'],
  async handle({ query: { from, source } }, { audit, connection, proofs }) {
    const hasArchive = proofs !== null;
    if (source === 'archive') {
      const { archive, runner } = assertArchived(proofs);
      if (from === 1) await runner.catchUp();
      return { json: { ...(await readArchivedAuditPage(archive, from)), hasArchive } };
    }
    await audit.flush();
    return { json: { ...(await readAuditPage(connection, from)), hasArchive } };
  },
});

function assertArchived(proofs: Proofs | null): Proofs {
  if (proofs !== null) return proofs;
  throw new SovfnError('audit-archive-missing', 'there are no copies of the audit log in the object store', {
    hint: 'The configuration of the gateway names a bucket for them with store.proofs.',
  });
}
