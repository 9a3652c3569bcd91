/** What the control API does with the audit log, as functions. */
import {
  type AuditExport,
  auditExportSchema,
  type AuditList,
  auditListSchema,
  type AuditPage,
  auditPageSchema,
} from '@sovfn/protocol';
import type { z } from 'zod';
import type { Request } from './control-client.ts';

export class AuditClient {
  readonly #ask: <T>(request: Request, schema: z.ZodType<T>) => Promise<T>;

  constructor(ask: <T>(request: Request, schema: z.ZodType<T>) => Promise<T>) {
    this.#ask = ask;
  }

  /** Newest first. */
  list(query: Readonly<Record<string, string>>): Promise<AuditList> {
    return this.#ask({ path: '/v1/audit', query }, auditListSchema);
  }

  /** Null: of the tenant of the token that asks. */
  export(tenant: string | null): Promise<AuditExport> {
    const query: Record<string, string> = tenant === null ? {} : { tenant };
    return this.#ask({ path: '/v1/audit/export', query, timeoutMs: null }, auditExportSchema);
  }

  page(from: number, source: 'bus' | 'archive'): Promise<AuditPage> {
    return this.#ask(
      { path: '/v1/audit/log', query: { from: String(from), source }, timeoutMs: null },
      auditPageSchema,
    );
  }
}
