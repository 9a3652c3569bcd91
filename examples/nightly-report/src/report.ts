import type { Sale } from './sale.ts';

interface Total {
  sales: number;
  netCents: number;
  vatCents: number;
}

const HEAD = 'jour;magasin;ventes;total HT;TVA;total TTC';
const BYTE_ORDER_MARK = '\uFEFF';

/** The report of one day as French spreadsheets read it: a line for each shop, by name, and the sum of all. */
export function reportCsv(day: string, sales: readonly Sale[]): string {
  const shops = new Map<string, Total>();
  const all = noSales();
  for (const sale of sales) {
    const shop = shops.get(sale.shop) ?? noSales();
    shops.set(sale.shop, shop);
    for (const total of [shop, all]) add(total, sale);
  }
  const names = [...shops.keys()].sort((a, b) => a.localeCompare(b, 'fr'));
  const lines = names.map((name) => lineOf(day, name, shops.get(name)!));
  return `${BYTE_ORDER_MARK}${[HEAD, ...lines, lineOf(day, 'TOTAL', all)].join('\r\n')}\r\n`;
}

const noSales = (): Total => ({ sales: 0, netCents: 0, vatCents: 0 });

/** VAT is rounded for each sale, as on its receipt. */
function add(total: Total, { netCents, vatPercent }: Sale): void {
  total.sales++;
  total.netCents += netCents;
  total.vatCents += Math.round((netCents * vatPercent) / 100);
}

function lineOf(day: string, shop: string, { sales, netCents, vatCents }: Total): string {
  return [day, shop, sales, euros(netCents), euros(vatCents), euros(netCents + vatCents)].join(';');
}

function euros(cents: number): string {
  return `${Math.floor(cents / 100)},${String(cents % 100).padStart(2, '0')}`;
}
