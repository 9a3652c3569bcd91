import type { Handler } from 'sovfn';
import type { Env } from '../sovfn-env.d.ts';

interface StripeEvent {
  readonly id: string;
  readonly type: string;
  readonly data: { readonly object: { readonly id: string; readonly amount: number; readonly currency: string } };
}

export default {
  /** Takes Stripe's events; `GET /` lists the payments, `GET /<id>` gives one. */
  async fetch(request, env) {
    // Only the platform sets this header: the delivery is signed, stored, and comes again when this fails.
    if (request.headers.get('sovfn-webhook') === 'stripe') return take((await request.json()) as StripeEvent, env);
    const id = new URL(request.url).pathname.slice(1);
    if (id === '') return Response.json({ payments: (await env.PAYMENTS.list()).keys });
    const payment = await env.PAYMENTS.get(id, 'json');
    return payment === null
      ? Response.json({ detail: 'there is no such payment' }, { status: 404 })
      : Response.json(payment);
  },
} satisfies Handler<Env>;

/** A delivery may come twice: writing the same payment again changes nothing. */
async function take({ type, data }: StripeEvent, env: Env): Promise<Response> {
  if (type !== 'payment_intent.succeeded') return new Response(`${type} is nothing to do here\n`);
  const { id, amount, currency } = data.object;
  await env.PAYMENTS.put(id, JSON.stringify({ amount, currency }));
  console.log(`payment ${id}: ${amount / 100} ${currency}`);
  return new Response('taken\n');
}
