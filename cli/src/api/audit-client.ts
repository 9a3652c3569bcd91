/** What the control API does with the audit log, as functions. */
import type { AuditExport, AuditList, AuditPage } from '@sovfn/protocol';
import { type Ask, schemaNamed } from './answer-schema.ts';

export class AuditClient {
  readonly #ask: Ask;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** Newest first. */
  list(query: Readonly<Record<string, string>>): Promise<AuditList> {
    return this.#ask({ path: '/v1/audit', query }, schemaNamed('auditListSchema'));
  }

  /** Null: of the tenant of the token that asks. */
  export(tenant: string | null): Promise<AuditExport> {
    const query: Record<string, string> = tenant === null ? {} : { tenant };
    return this.#ask({ path: '/v1/audit/export', query, timeoutMs: null }, schemaNamed('auditExportSchema'));
  }

  page(from: number, source: 'bus' | 'archive'): Promise<AuditPage> {
    return this.#ask(
      { path: '/v1/audit/log', query: { from: String(from), source }, timeoutMs: null },
      schemaNamed('auditPageSchema'),
    );
  }
}
