import type { Handler } from 'sovfn';
import { book, type LedgerEnv, readMonth } from './ledger.ts';
import { entryOf } from './payment.ts';

const MONTH_PATH = /^\/(\d{4}-\d{2})\.csv$/;

/**
 * Books each payment and refund that Stripe reports as one row of the month's CSV in the object store, which
 * `GET /<yyyy>-<mm>.csv` gives.
 */
export default {
  async fetch(request, env) {
    // Only the platform sets this header: what has it was signed by Stripe, and is as it was signed.
    if (request.headers.get('sovfn-webhook') === 'stripe') return takeEvent(await request.text(), env);
    const month = MONTH_PATH.exec(new URL(request.url).pathname)?.[1];
    const file = request.method === 'GET' && month !== undefined ? await readMonth(month, env) : null;
    if (file === null) return Response.json({ detail: 'There is no such ledger' }, { status: 404 });
    return new Response(file.body, { headers: { 'content-type': 'text/csv; charset=utf-8' } });
  },
} satisfies Handler<LedgerEnv>;

/** What the answer says is kept as the output of the event. */
async function takeEvent(text: string, env: LedgerEnv): Promise<Response> {
  const entry = entryOf(JSON.parse(text));
  if (entry === null) return Response.json({ result: 'ignored: no money moved' });
  const isNew = await book(entry, env);
  return Response.json({ result: isNew ? 'booked' : 'already booked', file: `${entry.month}.csv`, entry });
}
