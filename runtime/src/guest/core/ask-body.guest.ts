/** The body of an ask, which a function gives as a Body: whole, or piece by piece while the host has room. */
import type { Body } from '../fetch/body.guest.ts';
import { encodeUtf8 } from '../encoding/utf8.guest.ts';
import type { ByteReader } from '../streams/streams.guest.ts';
import type { AskName } from './asks.guest.ts';
import { exactBuffer } from './bytes.guest.ts';
import { host } from './host.guest.ts';
import { streams } from './lazy-parts.guest.ts';
import { awaitOperation, reserveOperation } from './pending-operations.guest.ts';

export interface OutgoingBody {
  /** All of it; undefined when there is none, or it is streamed. */
  readonly whole: ArrayBuffer | undefined;
  /** Null unless it is streamed. */
  readonly reader: ByteReader | null;
}

/** Counts as reading the body. Throws TypeError when it has been read, or is locked. */
export function outgoingBody(body: Body | null): OutgoingBody {
  if (body === null) return { whole: undefined, reader: null };
  if (body.isUnusable) throw new TypeError('The body has been read already, or is locked by a reader');
  const { source } = body;
  if (source.kind === 'text' || source.kind === 'bytes') {
    body.take();
    // A copy, because it is handed over, and clones share the bytes.
    const bytes = source.kind === 'text' ? encodeUtf8(source.text) : source.bytes.slice();
    return { whole: exactBuffer(bytes), reader: null };
  }
  return { whole: undefined, reader: new (streams.get().ByteReader)(body.stream) };
}

/** Sends the stream. `onFailed` gets what it threw; the ask has been given up then. */
export async function pumpBody(reader: ByteReader, name: AskName, onFailed: (reason: unknown) => void): Promise<void> {
  try {
    for (let piece = await reader.read(); piece !== null; piece = await reader.read()) await write(name, piece);
    host.endAsk(name.call, name.ask, true);
  } catch (error) {
    host.endAsk(name.call, name.ask, false);
    onFailed(error);
    await reader.cancel(error).catch(ignore);
  }
}

async function write({ call, ask }: AskName, piece: Uint8Array): Promise<void> {
  if (piece.length === 0) return;
  const operation = reserveOperation();
  if (!host.writeAsk(call, ask, operation, exactBuffer(piece.slice()))) await awaitOperation(call, operation);
}

/** Canceling tells the stream's source; what that answers changes nothing any more. */
function ignore(): void {}
