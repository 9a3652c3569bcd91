import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP proxy that can swallow what the server says, while it still passes on what the clients send. */
export class MutableProxy implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isMuted = false;

  static async start(targetPort: number): Promise<MutableProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new MutableProxy(server, targetPort);
  }

  private constructor(server: Server, targetPort: number) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (client) => {
      const upstream = connect(targetPort, '127.0.0.1');
      this.#join(client, upstream);
      this.#join(upstream, client);
      client.on('data', (bytes) => upstream.write(bytes));
      upstream.on('data', (bytes) => {
        if (!this.#isMuted) client.write(bytes);
      });
    });
  }

  mute(): void {
    this.#isMuted = true;
  }

  /** Connections with a gap in what was said are cut. */
  unmute(): void {
    this.#isMuted = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.unmute();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(socket: Socket, other: Socket): void {
    this.#sockets.add(socket);
    // An error is followed by the close, which ends the other side.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#sockets.delete(socket);
      other.destroy();
    });
  }
}
