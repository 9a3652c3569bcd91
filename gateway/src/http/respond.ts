import type { IncomingMessage } from 'node:http';
import { type Problem, PROBLEM_TYPE } from '@sovfn/protocol';
import type { CallerRequest, CallerResponse } from './caller.ts';
import { PlainRequest } from './plain/plain-request.ts';
import { PlainResponse } from './plain/plain-response.ts';

/**
 * Ends responses, whatever the state of the request's body. A response may be ready while the body is still coming
 * (413, an early answer). Closing then would reset the connection and could destroy the response on its way. So the
 * response goes out whole, what still comes is thrown away for a moment, and only then the connection is closed.
 */
const LINGER_MS = 1_000;
const LINGER_BYTES = 1024 * 1024;
/** Of a body this small the rest is worth reading: the connection stays usable. */
const SMALL_BODY_BYTES = 64 * 1024;
const NO_BYTES = Buffer.alloc(0);
const RETRY_AFTER_S = 1;
const UNAVAILABLE = 503;

/** Must the connection end with the response, because too much of the request's body is still to come? */
export function leavesBodyUnread(request: CallerRequest): boolean {
  if (request instanceof PlainRequest || request.complete || !hasBody(request)) return false;
  const declared = request.headers['content-length'];
  return declared === undefined || Number(declared) > SMALL_BODY_BYTES;
}

export function hasBody(request: IncomingMessage): boolean {
  const { headers } = request;
  if (headers['transfer-encoding'] !== undefined) return true;
  const declared = headers['content-length'];
  return declared !== undefined && declared !== '0';
}

/** Requests with `Expect: 100-continue` whose body was asked for. */
const continued = new WeakSet<IncomingMessage>();

/** Asks for the body of a client that waits to be asked. */
export function allowBody(request: IncomingMessage, response: CallerResponse): void {
  if (response instanceof PlainResponse || !awaitsPermission(request)) return;
  continued.add(request);
  response.writeContinue();
}

function awaitsPermission(request: IncomingMessage): boolean {
  return request.headers.expect !== undefined && request.httpVersionMinor > 0 && !continued.has(request);
}

/** Ends a response whose head says `connection: close`: everything but the end of the connection goes out now. */
export function endThenClose(request: CallerRequest, response: CallerResponse, body: Buffer): void {
  if (request instanceof PlainRequest || request.complete || awaitsPermission(request)) return void response.end(body);
  if (body.length > 0) response.write(body);
  let discarded = 0;
  const end = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, LINGER_MS);
  response.once('close', () => clearTimeout(timer));
  request.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > LINGER_BYTES) end();
  });
  request.once('end', end);
  request.resume();
}

/** Answers with a problem. `headers`: `[name, value, …]` besides the problem's own. */
export function sendProblem(
  request: CallerRequest,
  response: CallerResponse,
  problem: Problem,
  headers: readonly string[] = [],
): void {
  const body = Buffer.from(JSON.stringify(problem));
  const flat = [
    'content-type',
    PROBLEM_TYPE,
    'content-length',
    String(body.length),
    'cache-control',
    'no-store',
    ...headers,
  ];
  if (problem.status === UNAVAILABLE && !headers.includes('retry-after')) {
    const { retryAfterS } = problem.facts;
    flat.push('retry-after', String(typeof retryAfterS === 'number' ? retryAfterS : RETRY_AFTER_S));
  }
  const closes = leavesBodyUnread(request);
  if (closes) flat.push('connection', 'close');
  response.writeHead(problem.status, flat);
  const content = request.method === 'HEAD' ? NO_BYTES : body;
  if (closes) endThenClose(request, response, content);
  else response.end(content);
}
