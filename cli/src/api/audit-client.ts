/** What the control API does with the audit log, as functions. */
import type { AuditExport, AuditList, AuditPage } from '@sovfn/protocol';
import type { z } from 'zod';
import { type AnswerSchema, schemaNamed } from './answer-schema.ts';
import type { Request } from './control-client.ts';

export class AuditClient {
  readonly #ask: <S extends z.ZodType>(request: Request, schema: AnswerSchema<S>) => Promise<z.output<S>>;

  constructor(ask: <S extends z.ZodType>(request: Request, schema: AnswerSchema<S>) => Promise<z.output<S>>) {
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
