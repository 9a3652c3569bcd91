import type { Bucket } from 'sovfn';
import { parisDay } from './paris-day.ts';
import type { Sale } from './sale.ts';

const LISTED = 1_000;

/** Keeps sales under their day in Paris. The same sales sent again are kept once: the names come from the content. */
export async function keepSales(bucket: Bucket, sales: readonly Sale[]): Promise<string[]> {
  const byDay = Map.groupBy(sales, ({ soldAt }) => parisDay(soldAt));
  const stored = [...byDay].map(async ([day, ofDay]) => {
    const text = JSON.stringify(ofDay);
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
    await bucket.put(`${day}/${hexOf(hash)}.json`, text, { contentType: 'application/json' });
    return day;
  });
  return (await Promise.all(stored)).sort();
}

export async function salesOf(bucket: Bucket, day: string): Promise<Sale[]> {
  const sales: Sale[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Bucket['list']>> = await bucket.list({ prefix: `${day}/`, limit: LISTED, cursor });
    for (const { key } of page.objects) sales.push(...(await (await bucket.get(key))!.json<Sale[]>()));
    cursor = page.cursor;
  } while (cursor !== null);
  return sales;
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
