import type { Bucket, Handler } from 'sovfn';
import { keepSales, salesOf } from './kept-sales.ts';
import { dayBefore, parisDay } from './paris-day.ts';
import { reportCsv } from './report.ts';
import { readSales, SaleError } from './sale.ts';

interface Env {
  readonly SALES: Bucket;
  readonly REPORTS: Bucket;
}

const REPORT = /^\/reports\/(\d{4}-\d{2}-\d{2})\.csv$/;

/**
 * Shops `POST /sales`; every night the sales of the day before become one CSV in the object store, which
 * `GET /reports/<day>.csv` gives. A tick that runs twice writes the same file twice.
 */
export default {
  async fetch(request, { SALES, REPORTS }) {
    const { pathname } = new URL(request.url);
    if (request.method === 'POST' && pathname === '/sales') return takeSales(request, SALES);
    const day = REPORT.exec(pathname)?.[1];
    const report = day === undefined ? null : await REPORTS.get(`${day}.csv`);
    if (report === null) return Response.json({ detail: 'There is no such report' }, { status: 404 });
    return new Response(report.body, { headers: { 'content-type': report.contentType ?? 'text/csv' } });
  },

  async scheduled({ scheduledTime }, { SALES, REPORTS }) {
    const day = dayBefore(parisDay(scheduledTime));
    const sales = await salesOf(SALES, day);
    await REPORTS.put(`${day}.csv`, reportCsv(day, sales), { contentType: 'text/csv; charset=utf-8' });
    console.log(`report of ${day}: ${sales.length} sales`);
  },
} satisfies Handler<Env>;

async function takeSales(request: Request, bucket: Bucket): Promise<Response> {
  try {
    const sales = readSales(await request.json());
    return Response.json({ sales: sales.length, days: await keepSales(bucket, sales) }, { status: 201 });
  } catch (error) {
    if (!(error instanceof SaleError) && !(error instanceof SyntaxError)) throw error;
    return Response.json({ detail: error.message }, { status: 400 });
  }
}
