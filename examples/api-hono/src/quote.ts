/** The computation of a quote: integers only (cents and basis points), rounded half up once per line and VAT rate. */
import type { Buyer, QuoteLine, QuoteRequest } from './quote-request.ts';
import { VAT_RATES, type VatRateName } from './vat-rates.ts';

export interface Quote {
  readonly treatment: Treatment;
  readonly lines: readonly PricedLine[];
  readonly vat: readonly VatShare[];
  readonly totals: Totals;
}

/** Who owes the VAT of goods that a French seller delivers: it, its business customer elsewhere in the EU, or nobody. */
export type Treatment = 'domestic' | 'intra-community' | 'export';

export interface PricedLine extends QuoteLine {
  readonly netCents: number;
}

export interface VatShare {
  readonly rate: VatRateName;
  readonly basisPoints: number;
  readonly baseCents: number;
  readonly vatCents: number;
}

export interface Totals {
  readonly netCents: number;
  readonly vatCents: number;
  readonly grossCents: number;
}

const EU_COUNTRIES: ReadonlySet<string> = new Set(
  'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'.split(' '),
);

export function makeQuote(request: QuoteRequest): Quote {
  const treatment = treatmentOf(request.buyer);
  const lines = request.lines.map((line) => ({ ...line, netCents: netCents(line) }));
  const vat = treatment === 'domestic' ? vatShares(lines) : [];
  const net = sum(lines.map((line) => line.netCents));
  const due = sum(vat.map((share) => share.vatCents));
  return { treatment, lines, vat, totals: { netCents: net, vatCents: due, grossCents: net + due } };
}

/** Equal quotes have equal ids, on every node: the id is a digest of the content. */
export async function quoteId(quote: Quote): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify(quote)));
  const hex = Array.from(new Uint8Array(digest, 0, 6), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `Q-${hex.toUpperCase()}`;
}

function treatmentOf(buyer: Buyer): Treatment {
  if (!EU_COUNTRIES.has(buyer.country)) return 'export';
  return buyer.country !== 'FR' && buyer.vatNumber !== undefined ? 'intra-community' : 'domestic';
}

function netCents(line: QuoteLine): number {
  return shareOf(line.quantity * line.unitPriceCents, (100 - line.discountPercent) * 100);
}

function vatShares(lines: readonly PricedLine[]): VatShare[] {
  const bases = new Map<VatRateName, number>();
  for (const line of lines) bases.set(line.vat, (bases.get(line.vat) ?? 0) + line.netCents);
  const shares = Array.from(bases, ([rate, baseCents]) => {
    const { basisPoints } = VAT_RATES[rate];
    return { rate, basisPoints, baseCents, vatCents: shareOf(baseCents, basisPoints) };
  });
  return shares.sort((a, b) => b.basisPoints - a.basisPoints);
}

/** BigInt, because cents times basis points leave the range in which numbers are exact. */
function shareOf(cents: number, basisPoints: number): number {
  return Number((BigInt(cents) * BigInt(basisPoints) + 5_000n) / 10_000n);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
