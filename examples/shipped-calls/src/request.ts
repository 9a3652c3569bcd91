import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Example } from './read-examples.ts';
import type { ShippedCall, ShippedDelivery } from './schema.ts';

/**
 * The request of a shipped call, for `fetch` or for a handler directly. `base` is the function's address, such as
 * `http://127.0.0.1:8080/fn/invoice-pdf/`.
 */
export async function makeRequest(example: Example, call: ShippedCall, base: string): Promise<Request> {
  const body = call.bodyFile === null ? null : await readFile(join(example.folder, call.bodyFile));
  return new Request(base.replace(/\/$/, '') + call.path, { method: call.method, headers: call.headers, body });
}

/** A delivery as the function sees it once the platform has verified it, for a handler directly. */
export async function makeDelivery(example: Example, delivery: ShippedDelivery): Promise<Request> {
  const { webhook, provider, type, bodyFile } = delivery;
  const headers = new Headers({ 'content-type': 'application/json', 'sovfn-webhook': webhook });
  headers.set('sovfn-webhook-provider', provider);
  if (type !== null) headers.set('sovfn-webhook-type', type);
  const body = await readFile(join(example.folder, bodyFile));
  return new Request(`https://sovfn.example/${webhook}`, { method: 'POST', headers, body });
}
