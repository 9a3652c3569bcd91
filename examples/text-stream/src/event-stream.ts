export interface ServerEvent {
  readonly event: string;
  readonly data: unknown;
}

/**
 * A body of server-sent events. Each event is asked for when the reader has room for it, so a slow reader slows the work, and
 * one who leaves ends it.
 */
export function eventStream(events: AsyncGenerator<ServerEvent, void>): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  let count = 0;
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await events.next();
      if (done === true) {
        controller.close();
        return;
      }
      count += 1;
      controller.enqueue(
        encoder.encode(`id: ${count}\nevent: ${value.event}\ndata: ${JSON.stringify(value.data)}\n\n`),
      );
    },
    async cancel() {
      await events.return(undefined);
    },
  });
}
