/** A web server of a test: one listener per path, and what it has been sent. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Listener = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

export class Upstream implements AsyncDisposable {
  readonly requests: { readonly method: string; readonly url: string; readonly headers: IncomingMessage['headers'] }[] =
    [];
  readonly origin: string;
  readonly #server: Server;

  static async start(paths: Readonly<Record<string, Listener>>): Promise<Upstream> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Upstream(server, paths);
  }

  private constructor(server: Server, paths: Readonly<Record<string, Listener>>) {
    this.#server = server;
    this.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request, response) => {
      this.requests.push({ method: request.method!, url: request.url!, headers: request.headers });
      const listener = paths[new URL(request.url!, this.origin).pathname];
      if (listener === undefined) response.writeHead(404).end('no such path');
      else void listener(request, response);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
