import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ErrorCode, PROBLEM_TYPE, SovfnError } from '@sovfn/protocol';
import { problemOfError } from './problem.ts';

/** What the parser says, and what we make of it. Everything else is `bad-request`. */
const REASONS: Readonly<Record<string, { code: ErrorCode; text: string }>> = {
  HPE_HEADER_OVERFLOW: { code: 'headers-too-large', text: 'the head of the request is too large' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { code: 'body-too-large', text: 'the chunk extensions of the body are too large' },
  ERR_HTTP_REQUEST_TIMEOUT: { code: 'request-timeout', text: 'the head of the request did not come in time' },
};

/**
 * Ends a connection whose bytes are not HTTP as we accept it: there is no request to answer, so the answer is written by
 * hand. A response that has begun on the connection cannot be followed by another: then it is cut off.
 */
export function refuseMalformed(error: Error & { code?: string }, socket: Duplex, hasResponseBegun: boolean): void {
  if (error.code === 'ECONNRESET' || !socket.writable || hasResponseBegun) {
    socket.destroy();
    return;
  }
  const { code, text } = REASONS[error.code ?? ''] ?? {
    code: 'bad-request',
    text: `this is not HTTP: ${error.message}`,
  };
  const hint = 'Check the client, or the proxy in front of it.';
  const problem = problemOfError(new SovfnError(code, text, { hint }), null);
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}
