import type { FetchAnswer, ServiceHead } from '../../bridge/asks.ts';
import { ask } from '../core/asks.guest.ts';
import { exactBuffer } from '../core/bytes.guest.ts';
import { encodeUtf8 } from '../encoding/utf8.guest.ts';
import { Body } from '../fetch/body.guest.ts';
import { Request, requestParts } from '../fetch/request.guest.ts';
import { fetchedResponse, type Response } from '../fetch/response.guest.ts';
import { wholeBody } from './values.guest.ts';

/** A `service` binding: another function of the tenant (see cli/types/index.d.ts). */
export class ServiceBinding {
  readonly #binding: string;

  constructor(binding: string) {
    this.#binding = binding;
  }

  async fetch(input: unknown, init: unknown = undefined): Promise<Response> {
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    const { headers, body } = requestParts(request);
    const head: ServiceHead = { binding: this.#binding, method: request.method, url: request.url, headers };
    const answer = await ask<FetchAnswer>({ kind: 'service', head, body: await sendable(body), streamed: false });
    const bytes = await wholeBody(answer.body);
    return fetchedResponse(answer.head, bytes.length === 0 ? null : new Body({ kind: 'bytes', bytes }));
  }
}

/** A call between functions travels in one message, so its body is read first. */
async function sendable(body: Body | null): Promise<ArrayBuffer | undefined> {
  if (body === null) return undefined;
  if (body.isUnusable) throw new TypeError('The body has been read already, or is locked by a reader');
  if (body.source.kind === 'text') return exactBuffer(encodeUtf8(await body.text()));
  return exactBuffer((await body.bytes()).slice());
}
