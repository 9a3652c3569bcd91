/** Reads a JSON body of bounded size. Hostile: all of it. Throws `body-too-large` and `bad-request`. */
import { describeIssues, OPENAPI_PATH, SovfnError } from '@sovfn/protocol';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';

/** A body takes no longer than this, however slowly it comes; then the connection is closed. Milliseconds. */
const BODY_MS = 120_000;

export interface JsonBodyOptions<T> {
  readonly schema: z.ZodType<T>;
  readonly maxBytes: number;
}

export async function readJson<T>(
  request: IncomingMessage,
  response: ServerResponse,
  { schema, maxBytes }: JsonBodyOptions<T>,
): Promise<T> {
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > maxBytes) throw tooLarge(declared, maxBytes);
  if (request.headers.expect !== undefined) response.writeContinue();
  const timer = setTimeout(() => request.destroy(), BODY_MS);
  try {
    return parseParts(parseJson(await readBytes(request, maxBytes)), schema, 'the body');
  } finally {
    clearTimeout(timer);
  }
}

/** Checks a part of the request. `what` names it in the error. */
export function parseParts<T>(value: unknown, schema: z.ZodType<T>, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new SovfnError('bad-request', `${what} is not as it must be: ${describeIssues(parsed.error)}`, {
    hint: `GET ${OPENAPI_PATH} describes every request.`,
    facts: { describedBy: OPENAPI_PATH },
  });
}

async function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Whoever is refused is still to be answered, on the same connection.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(bytes, maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

function tooLarge(bytes: number, maxBytes: number): SovfnError {
  return new SovfnError('body-too-large', `the body has ${bytes} bytes or more; at most ${maxBytes} are taken here`, {
    hint: 'Send less.',
    facts: { limit: maxBytes },
  });
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SovfnError('bad-request', `the body is not JSON in UTF-8: ${reason}`, {
      hint: 'Send one JSON document with content-type: application/json.',
      cause,
    });
  }
}
