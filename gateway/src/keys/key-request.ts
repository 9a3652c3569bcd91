/**
 * Requests to services that hold keys.
 *
 * Guarantees: each ends within ANSWER_MS; an answer is held up to ANSWER_BYTES; no redirect is followed; errors hold no text of an
 * answer, which may be a key. Hostile: the answers.
 */
import { z } from 'zod';

export interface KeyRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: object;
}

export interface KeyAnswer {
  readonly status: number;
  readonly text: string;
}

const ANSWER_MS = 5_000;
const ANSWER_BYTES = 256 * 1024;

export async function sendKeyRequest({ method, url, headers, body }: KeyRequest): Promise<KeyAnswer> {
  const response = await fetch(url, {
    ...{ method, redirect: 'error', signal: AbortSignal.timeout(ANSWER_MS) },
    headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await readText(response) };
}

/** Throws for another status than 200, and for what does not have the form. */
export function parseAnswer<T>({ status, text }: KeyAnswer, schema: z.ZodType<T>): T {
  if (status !== 200) throw new Error(`it answered ${status}`);
  return schema.parse(JSON.parse(text));
}

export function reasonOf(cause: unknown): string {
  if (cause instanceof z.ZodError || cause instanceof SyntaxError) return 'its answer does not have the agreed form';
  if (!(cause instanceof Error)) return String(cause);
  return cause.cause instanceof Error ? `${cause.message}: ${cause.cause.message}` : cause.message;
}

async function readText({ body }: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of (body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += piece.length;
    if (bytes > ANSWER_BYTES) throw new Error(`it answered more than ${ANSWER_BYTES} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
