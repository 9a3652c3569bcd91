import { isUtf8 } from 'node:buffer';
import type { Callback } from '@sovfn/protocol';
import type { EventView } from '../async/event-lookup.ts';
import type { EventResult } from '../async/event-results.ts';

/** A larger result is not part of the callback: the receiver fetches it at its address. Bytes. */
export const INLINE_RESULT_BYTES = 64 * 1024;

/**
 * The body of a callback, as Standard Webhooks lay it out. `path`: of the event's status on the public port; a path and no
 * URL, because under which host a caller reached the platform is the caller's word only.
 */
export async function callbackPayload(
  { event, function: name }: Callback,
  { state, endedAt, attempts }: EventView,
  { path, result }: { readonly path: string; readonly result: EventResult | null },
): Promise<Buffer> {
  return Buffer.from(
    JSON.stringify({
      type: `event.${state}`,
      timestamp: endedAt,
      data: {
        event,
        function: name,
        state,
        outcome: attempts.at(-1)?.outcome ?? null,
        status: path,
        result: result === null ? null : await describe(result, path),
      },
    }),
  );
}

async function describe(result: EventResult, path: string): Promise<object> {
  const { status, contentType, bytes } = result;
  const facts = { status, contentType, bytes, url: `${path}/result` };
  if (bytes > INLINE_RESULT_BYTES) return { ...facts, body: null };
  const pieces: Buffer[] = [];
  for await (const piece of result.body()) pieces.push(piece);
  return { ...facts, body: encode(Buffer.concat(pieces)) };
}

function encode(body: Buffer): { encoding: 'utf8' | 'base64'; data: string } {
  const encoding = isUtf8(body) ? 'utf8' : 'base64';
  return { encoding, data: body.toString(encoding) };
}
