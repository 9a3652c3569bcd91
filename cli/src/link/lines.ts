import type { Socket } from 'node:net';

/** The first line that arrives, without its end; null when the other end closes, sends too much, or takes too long. */
export async function readLine(
  socket: Socket,
  { maxBytes, limitMs }: { readonly maxBytes: number; readonly limitMs: number },
): Promise<string | null> {
  const line = Promise.withResolvers<string | null>();
  const timer = setTimeout(() => line.resolve(null), limitMs);
  let received = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    const end = received.indexOf('\n');
    if (end >= 0) line.resolve(received.toString('utf8', 0, end));
    else if (received.length > maxBytes) line.resolve(null);
  });
  socket.once('close', () => line.resolve(null));
  try {
    return await line.promise;
  } finally {
    clearTimeout(timer);
    socket.pause();
  }
}
