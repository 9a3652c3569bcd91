/** Between the readable streams of Node and of the Web platform. */
import type * as NodeStream from 'node:stream';

/** Reads the stream as its reader asks for more, and cancels it when the reader gives up. */
export function fromWebReadable(
  Readable: typeof NodeStream.Readable,
  stream: ReadableStream<unknown>,
): NodeStream.Readable {
  const reader = stream.getReader();
  return new Readable({
    // Node's bytes are Buffers; anything else needs the mode of objects.
    read() {
      reader.read().then(
        ({ done, value }) => this.push(done ? null : value),
        (error: unknown) => this.destroy(error as Error),
      );
    },
    destroy(error, callback) {
      reader.cancel(error).then(
        () => callback(error),
        () => callback(error),
      );
    },
  });
}

/** Pulls from the readable as the stream's reader asks for more. */
export function toWebReadable(readable: NodeStream.Readable): ReadableStream<unknown> {
  const iterator = readable[Symbol.asyncIterator]();
  return new ReadableStream(
    {
      async pull(controller) {
        const next: IteratorResult<unknown> = await iterator.next();
        const value: unknown = next.value;
        if (next.done === true) controller.close();
        // A Buffer is a view that other parts of the Web platform need not know.
        else controller.enqueue(value instanceof Uint8Array ? new Uint8Array(value) : value);
      },
      cancel(reason) {
        readable.destroy(reason as Error);
      },
    },
    { highWaterMark: 0 },
  );
}
