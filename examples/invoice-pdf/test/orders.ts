import { readFile } from 'node:fs/promises';
import handler from '../src/index.ts';
import type { Order } from '../src/order.ts';

/** A shipped order, changed as a test wants. What the tests send is not checked here: that is the function's work. */
export async function readOrder(change: Partial<Order> = {}, file = 'order.json'): Promise<Order> {
  const text = await readFile(new URL(`../input/${file}`, import.meta.url), 'utf8');
  return { ...(JSON.parse(text) as Order), ...change };
}

export function call(init: RequestInit): Promise<Response> {
  return handler.fetch(new Request('https://sovfn.example/', init));
}

export function postOrder(order: unknown): Promise<Response> {
  const body = typeof order === 'string' ? order : JSON.stringify(order);
  return call({ method: 'POST', headers: { 'content-type': 'application/json; charset=utf-8' }, body });
}
