/**
 * Answers `/.well-known/sovfn/transparency.json`, for anybody.
 *
 * Guarantees: it holds signed labels and what follows from them, nothing of a tenant and no secret; it is made anew when it is
 * CACHE_MS old at most, however often it is asked for.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ComponentIdentity, NodeRegistry } from '@sovfn/bus';
import { SovfnError, transparencyOf } from '@sovfn/protocol';
import { problemOfError } from '../http/problem.ts';
import { sendProblem } from '../http/respond.ts';

const OK = 200;
const CACHE_MS = 10_000;
const READING: ReadonlySet<string> = new Set(['GET', 'HEAD']);

export class TransparencyPage {
  readonly #identity: ComponentIdentity;
  readonly #nodes: Pick<NodeRegistry, 'all'>;
  #made: { readonly body: Buffer; readonly atMs: number } | null = null;

  constructor(identity: ComponentIdentity, nodes: Pick<NodeRegistry, 'all'>) {
    this.#identity = identity;
    this.#nodes = nodes;
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    if (!READING.has(request.method!)) {
      const error = new SovfnError('method-not-allowed', `the method ${request.method!} cannot be used here`, {
        hint: 'Use GET.',
      });
      return sendProblem(request, response, problemOfError(error, null));
    }
    const body = this.#body();
    response.writeHead(OK, [
      ...['content-type', 'application/json', 'content-length', String(body.length)],
      // Any page may show it.
      ...['cache-control', `public, max-age=${CACHE_MS / 1_000}`, 'access-control-allow-origin', '*'],
    ]);
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  #body(): Buffer {
    const now = performance.now();
    if (this.#made === null || now - this.#made.atMs >= CACHE_MS) {
      const components = [this.#identity.signed, ...this.#nodes.all().map(({ labels }) => labels)];
      const document = transparencyOf(this.#identity.platformPublicKey, components);
      this.#made = { body: Buffer.from(JSON.stringify(document, null, 2)), atMs: now };
    }
    return this.#made.body;
  }
}
