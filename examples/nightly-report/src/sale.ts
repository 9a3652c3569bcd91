/** One sale as a shop reports it. Amounts are in cents. */
export interface Sale {
  readonly shop: string;
  readonly soldAt: number;
  /** Without VAT. */
  readonly netCents: number;
  readonly vatPercent: number;
}

const AMOUNT = /^(\d{1,9})\.(\d{2})$/;
const SHOP = /^[\p{L}\d '-]{1,60}$/u;
/** The rates of metropolitan France. */
const VAT_PERCENT: ReadonlySet<unknown> = new Set([20, 10, 5.5, 2.1, 0]);

/** What is wrong with the sales, for whoever sent them. */
export class SaleError extends Error {
  override name = 'SaleError';
}

/** Reads `[{ "shop": "Lyon", "soldAt": "2026-10-24T18:12:00+02:00", "net": "12.50", "vat": 20 }, …]`. Throws SaleError. */
export function readSales(value: unknown): Sale[] {
  if (!Array.isArray(value) || value.length === 0) throw new SaleError('the body must be a list of sales');
  return value.map((sale: unknown, index) => {
    const { shop, soldAt, net, vat } = (sale ?? {}) as Record<string, unknown>;
    const amount = AMOUNT.exec(String(net));
    const time = Date.parse(String(soldAt));
    if (typeof shop !== 'string' || !SHOP.test(shop)) throw new SaleError(`sale ${index + 1} names no shop`);
    if (Number.isNaN(time)) throw new SaleError(`sale ${index + 1}: soldAt is no time with its offset`);
    if (amount === null) throw new SaleError(`sale ${index + 1}: net is no amount such as "12.50"`);
    if (!VAT_PERCENT.has(vat)) throw new SaleError(`sale ${index + 1}: ${String(vat)} is no VAT rate of France`);
    return { shop, soldAt: time, netCents: Number(amount[1]! + amount[2]!), vatPercent: vat as number };
  });
}
