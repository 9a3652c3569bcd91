/** What a caller asks a quote for. Everything of it comes from outside and is checked here, once. */
import * as z from 'zod/mini';
import { en } from 'zod/locales';
import type { Violation } from './problem.ts';
import { VAT_RATE_NAMES } from './vat-rates.ts';

// `jitless`: an isolate refuses code made from strings, which zod would otherwise try first.
z.config({ ...en(), jitless: true });

const MAX_QUANTITY = 10_000;
const MAX_UNIT_PRICE_CENTS = 100_000_000;

const description = z
  .string()
  .check(z.trim(), z.minLength(1), z.maxLength(200), z.regex(/^\P{Cc}*$/u, 'Must not hold control characters'));

const lineSchema = z.strictObject({
  description,
  quantity: z.int().check(z.minimum(1), z.maximum(MAX_QUANTITY)),
  unitPriceCents: z.int().check(z.minimum(0), z.maximum(MAX_UNIT_PRICE_CENTS)),
  vat: z._default(z.enum(VAT_RATE_NAMES), 'normal'),
  discountPercent: z._default(z.int().check(z.minimum(0), z.maximum(100)), 0),
});

const buyerSchema = z.strictObject({
  country: z.string().check(z.regex(/^[A-Z]{2}$/, 'Must be an ISO 3166 country code such as FR')),
  vatNumber: z.optional(z.string().check(z.regex(/^[A-Z]{2}[0-9A-Z]{2,12}$/, 'Must be a VAT number without spaces'))),
});

export type QuoteLine = z.output<typeof lineSchema>;
export type Buyer = z.output<typeof buyerSchema>;

export interface QuoteRequest {
  readonly buyer: Buyer;
  readonly lines: readonly QuoteLine[];
}

export type ParsedRequest = { readonly request: QuoteRequest } | { readonly violations: readonly Violation[] };

export function parseQuoteRequest(value: unknown, limits: { readonly maxLines: number }): ParsedRequest {
  const schema = z.strictObject({
    buyer: z._default(buyerSchema, { country: 'FR' }),
    lines: z.array(lineSchema).check(z.minLength(1), z.maxLength(limits.maxLines)),
  });
  const parsed = schema.safeParse(value);
  if (parsed.success) return { request: parsed.data };
  return { violations: parsed.error.issues.map(violationOf) };
}

function violationOf(issue: z.core.$ZodIssue): Violation {
  return { pointer: ['#', ...issue.path.map(String)].join('/'), detail: issue.message };
}
