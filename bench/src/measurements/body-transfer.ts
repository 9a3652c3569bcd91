import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Passes a body of that many bytes in one direction. Throws when not all of it arrived. */
export type BodyTransfer = (url: string, bytes: number, signal: AbortSignal) => Promise<void>;

const PIECE = Buffer.alloc(64 * 1024, 0x78);
const TRANSFER_MS = 60_000;

/** Sends a body to a function that answers with the number of bytes it has read. */
export async function uploadBody(url: string, bytes: number, signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TRANSFER_MS)]);
  const sent = request(url, { method: 'POST', headers: { 'content-length': bytes }, signal: limit });
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
  const [[response]] = await Promise.all([answered, pipeline(Readable.from(pieces(bytes)), sent)]);
  const text = (await response.setEncoding('utf8').toArray()).join('');
  if (response.statusCode === 200 && text === String(bytes)) return;
  throw new Error(`an upload of ${bytes} bytes was answered with ${response.statusCode}: ${text}`);
}

/** Reads the answer of a function that sends as many bytes as the query says. */
export async function downloadBody(url: string, bytes: number, signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TRANSFER_MS)]);
  const sent = request(`${url}?bytes=${bytes}`, { signal: limit }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let received = 0;
  for await (const piece of response) received += (piece as Buffer).length;
  if (response.statusCode === 200 && received === bytes) return;
  throw new Error(`of ${bytes} bytes ${received} arrived, with status ${response.statusCode}`);
}

function* pieces(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= PIECE.length) yield left < PIECE.length ? PIECE.subarray(0, left) : PIECE;
}
