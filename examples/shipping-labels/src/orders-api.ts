import type { Bucket, Queue } from 'sovfn';
import { jobsOf, labelKey, orderKey } from './label-job.ts';
import { parseOrders } from './order.ts';
import { problem } from './problem.ts';

export interface OrdersPlace {
  readonly LABELS: Queue;
  readonly ARCHIVE: Bucket;
  readonly GS1_PREFIX: string;
}

/** Answers when every parcel of the orders is in the queue: from then on its label will be made. */
export async function takeOrders(request: Request, { LABELS, ARCHIVE, GS1_PREFIX }: OrdersPlace): Promise<Response> {
  const value = await readJson(request);
  if (value instanceof Response) return value;
  const parsed = parseOrders(value.json);
  if ('violations' in parsed) {
    const { violations } = parsed;
    const detail = `The orders break ${violations.length} rule(s)`;
    return problem({ status: 422, title: 'No labels can be made of these orders', detail, violations });
  }
  const { orders } = parsed;
  const jobs = orders.flatMap((order) => jobsOf(order, GS1_PREFIX));
  await LABELS.sendBatch(jobs.map((body) => ({ body })));
  // After the messages: an order that is sent again because this failed makes the same labels again.
  for (const { number, parcels } of orders)
    await ARCHIVE.put(orderKey(number), JSON.stringify({ parcels: parcels.length }));
  const taken = orders.map(({ number, parcels }) => ({ order: number, parcels: parcels.length }));
  return Response.json({ taken, labels: jobs.length }, { status: 202 });
}

export async function showOrder(order: string, { ARCHIVE }: Pick<OrdersPlace, 'ARCHIVE'>): Promise<Response> {
  const known = await ARCHIVE.get(orderKey(order));
  if (known === null) return unknown(`Order ${order}`);
  const { parcels } = await known.json<{ readonly parcels: number }>();
  const found = await ARCHIVE.list({ prefix: `labels/${order}/` });
  const labels = found.objects.map(({ key }) => key);
  return Response.json({ order, parcels, labels, isComplete: labels.length >= parcels });
}

export async function showLabel(
  order: string,
  parcel: number,
  { ARCHIVE }: Pick<OrdersPlace, 'ARCHIVE'>,
): Promise<Response> {
  const label = await ARCHIVE.get(labelKey(order, parcel));
  if (label === null) return unknown(`The label of parcel ${parcel} of order ${order}`);
  return new Response(label.body, { headers: { 'content-type': 'application/zpl' } });
}

function unknown(what: string): Response {
  return problem({ status: 404, title: 'Not found', detail: `${what} is not here (yet)` });
}

async function readJson(request: Request): Promise<Response | { readonly json: unknown }> {
  try {
    return { json: await request.json() };
  } catch (error) {
    return problem({ status: 400, title: 'The body is not JSON', detail: String(error) });
  }
}
