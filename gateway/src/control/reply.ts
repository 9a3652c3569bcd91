/** Writes what a handler returned. After this the response is ended or will end with its stream. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { StreamReply } from './route.ts';

const JSON_TYPE = 'application/json; charset=utf-8';
const OK = 200;

export function sendJson(response: ServerResponse, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(OK, { 'content-type': JSON_TYPE, 'content-length': body.length, 'cache-control': 'no-store' });
  response.end(body);
}

/** Resolves when the stream has ended or the client is gone. Throws when the stream failed: the connection is cut then. */
export async function sendStream(
  request: IncomingMessage,
  response: ServerResponse,
  reply: StreamReply,
): Promise<void> {
  try {
    response.writeHead(reply.status, [
      ...reply.headers,
      'cache-control',
      'no-store',
      'x-content-type-options',
      'nosniff',
    ]);
    response.flushHeaders();
    await pipeline(reply.stream, response);
  } catch (error) {
    reply.stream.destroy();
    if (!request.destroyed || !isClientGone(error)) throw error;
  }
}

function isClientGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}
