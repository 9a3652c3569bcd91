import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP proxy that can swallow what the server says, or what the clients send from a certain text on. */
export class MutableProxy implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isMuted = false;
  #cut: { readonly at: string; isDone: boolean; readonly done: PromiseWithResolvers<void> } | null = null;

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
      client.on('data', (bytes: Buffer) => upstream.write(this.#passed(bytes)));
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

  /** From this text on, nothing that a client sends is passed on. Resolves when a client has sent it. */
  async cutAt(text: string): Promise<void> {
    this.#cut = { at: text, isDone: false, done: Promise.withResolvers() };
    await this.#cut.done.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.unmute();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #passed(bytes: Buffer): Buffer {
    const cut = this.#cut;
    if (cut === null) return bytes;
    if (cut.isDone) return bytes.subarray(0, 0);
    const at = bytes.indexOf(cut.at);
    if (at === -1) return bytes;
    cut.isDone = true;
    cut.done.resolve();
    return bytes.subarray(0, at);
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
