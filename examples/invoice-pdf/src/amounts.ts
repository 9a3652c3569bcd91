/** Sums of an invoice. Integers only: cents, rounded half up once per line and once per VAT rate. */
import type { Order, OrderLine } from './order.ts';

export interface Amounts {
  /** Without VAT, in the order of the lines. */
  readonly lineCents: readonly number[];
  readonly vat: readonly VatShare[];
  readonly netCents: number;
  readonly vatCents: number;
  readonly grossCents: number;
}

export interface VatShare {
  readonly percent: number;
  readonly baseCents: number;
  readonly vatCents: number;
}

export function invoiceAmounts(order: Order): Amounts {
  const lineCents = order.lines.map(lineAmount);
  const vat = vatShares(order.lines, lineCents);
  const netCents = sum(lineCents);
  const vatCents = sum(vat.map((share) => share.vatCents));
  return { lineCents, vat, netCents, vatCents, grossCents: netCents + vatCents };
}

function lineAmount(line: OrderLine): number {
  const thousandths = BigInt(Math.round(line.quantity * 1_000));
  const basisPoints = BigInt(Math.round((100 - line.discountPercent) * 100));
  return roundedQuotient(thousandths * BigInt(line.unitPriceCents) * basisPoints, 1_000n * 10_000n);
}

/** Highest rate first. */
function vatShares(lines: readonly OrderLine[], lineCents: readonly number[]): VatShare[] {
  const bases = new Map<number, number>();
  lines.forEach((line, i) => bases.set(line.vatPercent, (bases.get(line.vatPercent) ?? 0) + lineCents[i]!));
  const shares = Array.from(bases, ([percent, baseCents]) => {
    const tenths = BigInt(Math.round(percent * 10));
    return { percent, baseCents, vatCents: roundedQuotient(BigInt(baseCents) * tenths, 1_000n) };
  });
  return shares.sort((a, b) => b.percent - a.percent);
}

function roundedQuotient(dividend: bigint, divisor: bigint): number {
  return Number((dividend + divisor / 2n) / divisor);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
