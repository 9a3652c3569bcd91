import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Example } from './read-examples.ts';
import type { ShippedCall } from './schema.ts';

/**
 * The request of a shipped call, for `fetch` or for a handler directly. `base` is the function's address, such as
 * `http://127.0.0.1:8080/fn/invoice-pdf/`.
 */
export async function makeRequest(example: Example, call: ShippedCall, base: string): Promise<Request> {
  const body = call.bodyFile === null ? null : await readFile(join(example.folder, call.bodyFile));
  return new Request(base.replace(/\/$/, '') + call.path, { method: call.method, headers: call.headers, body });
}
