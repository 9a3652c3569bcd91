/** A TCP proxy that can stop forwarding: what a server that hangs, or a cable that is pulled, looks like to a client. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface StallingProxy extends AsyncDisposable {
  readonly port: number;
  /** From now on nothing passes in either direction; connections stay open. */
  stall(): void;
  /** The same once `bytes` have passed from the clients; counted from the proxy's start. */
  stallAfter(bytes: number): void;
  /** Everything passes again; what came meanwhile is lost, so stalled connections stay dead. */
  resume(): void;
  readonly isStalled: boolean;
  /** What the clients have sent since the proxy's start. */
  readonly passedBytes: number;
  /** Connections of clients that are open. */
  readonly openConnections: number;
}

const HOST = '127.0.0.1';

/** Listens on a free loopback port and forwards to another one. */
export async function startStallingProxy(targetPort: number): Promise<StallingProxy> {
  const sockets = new Set<Socket>();
  const clients = new Set<Socket>();
  let passedBytes = 0;
  let stallAt = Infinity;
  const pipe = (from: Socket, to: Socket, onBytes: (bytes: Buffer) => void): void => {
    sockets.add(from);
    from.once('close', () => {
      sockets.delete(from);
      to.destroy();
    });
    // Without this an error of one side would end the test process; its close ends the other side.
    from.on('error', () => from.destroy());
    from.on('data', onBytes);
  };
  const server = createServer((client) => {
    const upstream = connect(targetPort, HOST);
    clients.add(client.once('close', () => clients.delete(client)));
    pipe(client, upstream, (bytes) => {
      if (passedBytes < stallAt) upstream.write(bytes);
      passedBytes += bytes.length;
    });
    pipe(upstream, client, (bytes) => {
      if (passedBytes < stallAt) client.write(bytes);
    });
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stall: () => {
      stallAt = 0;
    },
    stallAfter: (bytes) => {
      stallAt = bytes;
    },
    resume: () => {
      stallAt = Infinity;
    },
    get isStalled() {
      return passedBytes >= stallAt;
    },
    get passedBytes() {
      return passedBytes;
    },
    get openConnections() {
      return clients.size;
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
