import { connect, type Socket } from 'node:net';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A client that speaks bytes, for requests that no HTTP library would send. */
export class RawClient implements Disposable {
  readonly socket: Socket;
  readonly #closed = Promise.withResolvers<void>();
  #received = '';
  #onData: () => void = () => undefined;

  static async open(address: Address): Promise<RawClient> {
    const socket = connect({ host: address.host, port: address.port, allowHalfOpen: true });
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    socket.removeAllListeners('error');
    return new RawClient(socket);
  }

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.#received += text;
      this.#onData();
    });
    // A connection that is cut off shows in what was received.
    socket.on('error', () => undefined);
    socket.on('end', () => socket.end());
    socket.on('close', () => {
      this.#closed.resolve();
      this.#onData();
    });
  }

  get received(): string {
    return this.#received;
  }

  send(bytes: string | Buffer): void {
    this.socket.write(bytes, 'latin1');
  }

  /** Everything the other side sent until it closed the connection. */
  async untilClosed(): Promise<string> {
    await this.#closed.promise;
    return this.#received;
  }

  /** Resolves when what was received contains the text, or the connection is closed. */
  async until(text: string): Promise<string> {
    while (!this.#received.includes(text) && !this.socket.closed) {
      await new Promise<void>((resolve) => (this.#onData = resolve));
    }
    return this.#received;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

/** Sends one request that asks for the connection's end, and resolves with everything that came back. */
export async function exchange(address: Address, line: string, headers: readonly string[], body = ''): Promise<string> {
  using client = await RawClient.open(address);
  client.send(`${[line, ...headers, 'connection: close'].join('\r\n')}\r\n\r\n${body}`);
  // Awaited here: the client is closed when this block is left.
  return await client.untilClosed();
}
