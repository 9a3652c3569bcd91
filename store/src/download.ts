import { SovfnError } from '@sovfn/protocol';
import type { StoreConnection } from './store-connection.ts';

export interface ReadStreamOptions {
  /** Longest wait for the answer and for each piece of it. Milliseconds. */
  readonly timeoutMs: number;
  /** Part of the object, in bytes; without `length` to its end. */
  readonly range?: { readonly offset: number; readonly length?: number };
}

/**
 * Reads an object piece by piece. Stopping early closes the connection. Throws `not-found`, or `store-unavailable` when
 * the server is silent for too long or the body ends before its announced length.
 */
export async function* downloadStream(
  connection: StoreConnection,
  object: { readonly bucket: string; readonly name: string },
  options: ReadStreamOptions,
): AsyncGenerator<Buffer> {
  const { offset = 0, length = 0 } = options.range ?? {};
  const call = connection.begin(`read "${object.bucket}/${object.name}"`);
  try {
    const body = await call.step(options.timeoutMs, (client) =>
      client.getPartialObject(object.bucket, object.name, offset, length),
    );
    const pieces = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    for (;;) {
      const next = await call.step(options.timeoutMs, () => pieces.next());
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    call.end();
  }
}

/** All bytes of an object, read within `timeoutMs` in all. Throws `object-too-large` above `maxBytes`. */
export async function download(
  connection: StoreConnection,
  object: { readonly bucket: string; readonly name: string },
  options: { readonly maxBytes: number; readonly timeoutMs: number },
): Promise<Buffer> {
  const what = `"${object.bucket}/${object.name}"`;
  return connection.run(`read ${what}`, options.timeoutMs, async (client) => {
    const pieces: Buffer[] = [];
    let total = 0;
    for await (const piece of (await client.getObject(object.bucket, object.name)) as AsyncIterable<Buffer>) {
      total += piece.length;
      if (total > options.maxBytes) throw tooLarge(what, options.maxBytes);
      pieces.push(piece);
    }
    return Buffer.concat(pieces, total);
  });
}

function tooLarge(what: string, limitBytes: number): SovfnError {
  const message = `${what} has more than the ${limitBytes} bytes that are allowed here`;
  return new SovfnError('object-too-large', message, { facts: { limitBytes } });
}
