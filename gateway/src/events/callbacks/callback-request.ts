/**
 * Sends one callback. Guarantees: the connection goes to an address that was checked, whatever the name means a moment
 * later; no redirect is followed; nothing takes longer than the limit; of the answer only the status, Retry-After and a
 * bounded number of bytes are read. Hostile: the URL, the name server, and the receiver.
 */
import { lookup as lookUp } from 'node:dns';
import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { isPublicAddress } from '@sovfn/protocol/addresses';
import { readRetryAfter } from './callback-schedule.ts';

export interface CallbackPolicy {
  /** Callbacks may go to private addresses: for platforms whose network is theirs. */
  readonly allowPrivate: boolean;
  /** `address:port` of the platform's own services, which no callback may reach in any case. */
  readonly ownServices: ReadonlySet<string>;
}

export interface CallbackRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly policy: CallbackPolicy;
  readonly signal: AbortSignal;
}

export type CallbackAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfterMs: number | null }
  | { readonly kind: 'failed'; readonly reason: string };

/** Whole exchange. Milliseconds. */
export const CALLBACK_MS = 20_000;
const HEAD_BYTES = 16 * 1024;

/** Never throws: what goes wrong is the receiver's, and is an answer as well. */
export async function sendCallback(asked: CallbackRequest): Promise<CallbackAnswer> {
  const { url, policy, signal } = asked;
  try {
    const refusal = isIP(hostOf(url)) === 0 ? null : refuseAddress(hostOf(url), portOf(url), policy);
    if (refusal !== null) throw refusal;
    const response = await exchange(asked, AbortSignal.any([signal, AbortSignal.timeout(CALLBACK_MS)]));
    const retryAfterMs = readRetryAfter(response.headers['retry-after']);
    return { kind: 'answered', status: response.statusCode!, retryAfterMs };
  } catch (error) {
    return { kind: 'failed', reason: describe(error) };
  }
}

function exchange({ url, headers, body, policy }: CallbackRequest, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const open = url.protocol === 'https:' ? requestHttps : requestHttp;
    const request: ClientRequest = open(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': body.length, 'user-agent': 'sovfn' },
      // A connection of its own: none is kept that was checked for another callback.
      agent: false,
      lookup: checkedLookup(portOf(url), policy),
      maxHeaderSize: HEAD_BYTES,
      signal,
    });
    request.on('error', reject);
    request.on('response', (response) => {
      resolve(response);
      // The body says nothing that is needed.
      response.destroy();
    });
    request.end(body);
  });
}

/** Every address that a name has must be allowed, or none is tried. */
function checkedLookup(port: string, policy: CallbackPolicy): LookupFunction {
  return (hostname, options, callback) => {
    lookUp(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, []);
      const refusal = addresses
        .map(({ address }) => refuseAddress(address, port, policy))
        .find((found) => found !== null);
      if (refusal !== undefined) return callback(refusal, []);
      if (options.all === true) callback(null, addresses);
      else callback(null, addresses[0]!.address, addresses[0]!.family);
    });
  };
}

function refuseAddress(address: string, port: string, { allowPrivate, ownServices }: CallbackPolicy): Error | null {
  if (ownServices.has(`${address}:${port}`)) return new Error(`${address}:${port} belongs to the platform`);
  if (allowPrivate || isPublicAddress(address)) return null;
  return new Error(`${address} is not on the internet, and this platform sends callbacks to public addresses only`);
}

/** Without the brackets of IPv6. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

function portOf({ port, protocol }: URL): string {
  if (port !== '') return port;
  return protocol === 'https:' ? '443' : '80';
}

function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(String).join(', ');
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError' || (error.cause as Error | undefined)?.name === 'TimeoutError') {
    return `no answer within ${CALLBACK_MS} ms`;
  }
  return error.message;
}
