/**
 * Sends one callback. Guarantees: the connection goes to an address that was checked, whatever the name means a moment
 * later; no redirect is followed; nothing takes longer than the limit; of the answer only the status, Retry-After and a
 * bounded number of bytes are read. Hostile: the URL, the name server, and the receiver.
 */
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIPv6, type LookupFunction } from 'node:net';
import { reachOf, type ReachPolicy } from '@sovfn/protocol/addresses';
import { readRetryAfter } from '../retry-after.ts';
import { portOf } from './callback-url.ts';

export interface CallbackRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly policy: ReachPolicy;
  readonly signal: AbortSignal;
}

export type CallbackAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfterMs: number | null }
  | { readonly kind: 'failed'; readonly reason: string };

/** From the look-up of the name to the head of the answer. Milliseconds. */
export const CALLBACK_MS = 20_000;
const HEAD_BYTES = 16 * 1024;

/** Never throws: what goes wrong is the receiver's, and is an answer as well. */
export async function sendCallback({ signal, ...asked }: CallbackRequest): Promise<CallbackAnswer> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(CALLBACK_MS)]);
  try {
    const addresses = await Promise.race([checkedAddresses(asked.url, asked.policy), endOf(limit)]);
    const { statusCode, headers } = await exchange(asked, addresses, limit);
    return { kind: 'answered', status: statusCode!, retryAfterMs: readRetryAfter(headers['retry-after']) };
  } catch (error) {
    return { kind: 'failed', reason: limit.aborted ? describe(limit.reason) : describe(error) };
  }
}

async function checkedAddresses(url: URL, policy: ReachPolicy): Promise<readonly string[]> {
  const reach = await reachOf({ host: url.hostname, port: portOf(url) }, policy);
  if (reach.kind === 'reachable') return reach.addresses;
  if (reach.kind === 'own-service') throw new Error(`${reach.address} belongs to the platform`);
  throw new Error(`${reach.address} is not on the internet, and callbacks go to public addresses only`);
}

function exchange(
  { url, headers, body }: Pick<CallbackRequest, 'url' | 'headers' | 'body'>,
  addresses: readonly string[],
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const open = url.protocol === 'https:' ? requestHttps : requestHttp;
    const request = open(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': body.length, 'user-agent': 'sovfn' },
      // A connection of its own: none is kept that was checked for another callback.
      agent: false,
      lookup: lookupOf(addresses),
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

/** Certificates and the Host header keep the name; the connection is made to one of these. */
function lookupOf(addresses: readonly string[]): LookupFunction {
  const answers = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  return (_name, { all }, callback) => {
    if (all === true) callback(null, answers);
    else callback(null, answers[0]!.address, answers[0]!.family);
  };
}

function endOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(String).join(', ');
  if (!(error instanceof Error)) return String(error);
  return error.name === 'TimeoutError' ? `no answer within ${CALLBACK_MS} ms` : error.message;
}
