/**
 * One HTTP request to the control API. On node:http and not on fetch: fetch gives up on an answer after five minutes,
 * and a call may take longer. Certificates are checked as Node does by default.
 */
import { SovfnError } from '@sovfn/protocol/errors';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Say } from '../language.ts';
import { TranslatedError } from '../translated-error.ts';
import { request as requestHttp } from './node-http.ts';

/** An answer that has not begun after this time will not come, unless the request says otherwise. Milliseconds. */
export const ANSWER_TIMEOUT_MS = 30_000;

export interface ApiRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Absolute, with query. */
  readonly url: URL;
  readonly token: string;
  readonly accept: string;
  /** Sent as JSON. */
  readonly body: unknown;
  /** Until the answer's head; null to wait as long as the connection lives. Milliseconds. */
  readonly timeoutMs: number | null;
  readonly say: Say;
  readonly signal: AbortSignal;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Must be read to its end or destroyed: it holds the connection. Ends with an error when the connection is lost. */
  readonly body: IncomingMessage;
}

/**
 * Resolves with the head of the answer. Throws `platform-unreachable`, `stream-lost` when the connection ended before the
 * answer, `bad-message` when something else than an HTTP server answers, or the reason of `signal`.
 */
export async function send(request: ApiRequest): Promise<ApiAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const payload = request.body === null ? null : Buffer.from(JSON.stringify(request.body));
  const start = request.url.protocol === 'https:' ? (await import('node:https')).request : requestHttp;
  const outgoing = start(request.url, {
    method: request.method,
    agent: false,
    signal: request.signal,
    headers: {
      accept: request.accept,
      authorization: `Bearer ${request.token}`,
      ...(payload === null ? {} : { 'content-type': 'application/json', 'content-length': payload.length }),
    },
  });
  outgoing.on('response', resolve).on('error', reject);
  const timer =
    request.timeoutMs === null ? null : setTimeout(() => outgoing.destroy(lateError(request)), request.timeoutMs);
  outgoing.end(payload);
  try {
    const body = await promise;
    return { status: body.statusCode!, headers: body.headers, body };
  } catch (error) {
    request.signal.throwIfAborted();
    throw error instanceof SovfnError ? error : unreachable(request, error);
  } finally {
    if (timer !== null) clearTimeout(timer);
  }
}

/** The request may have arrived before the connection ended. */
const LOST: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE']);
/** Of Node's HTTP parser. */
const NOT_HTTP = /^HPE_/;

function lateError({ url, timeoutMs, say }: ApiRequest): SovfnError {
  return new TranslatedError(
    'platform-unreachable',
    say('api.late', { url: url.origin, seconds: timeoutMs! / 1_000 }),
    {
      hint: say('api.late.hint'),
      facts: { isSent: true },
    },
  );
}

function unreachable({ url, say }: ApiRequest, cause: unknown): SovfnError {
  const reason = cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : String(cause);
  if (LOST.has(reason)) {
    return new TranslatedError('stream-lost', say('api.lost', { url: url.origin, reason }), {
      hint: say('api.lost.hint'),
      cause,
    });
  }
  if (NOT_HTTP.test(reason)) {
    return new TranslatedError('bad-message', say('api.not-http', { url: url.origin }), {
      hint: say('api.not-sovfn.hint'),
    });
  }
  return new TranslatedError('platform-unreachable', say('api.unreachable', { url: url.origin, reason }), {
    hint: say('api.unreachable.hint'),
    cause,
  });
}
