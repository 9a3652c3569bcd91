/** A server of somebody else's that callbacks are sent to. */
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { Arrivals } from '../../peers/arrivals.ts';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** That the client asked for in its TLS handshake. */
  readonly serverName: string | null;
}

type Answer = (response: ServerResponse, received: Received) => void;

export interface ReceiverOptions {
  /** Default: 204. */
  readonly answer?: Answer;
  /** With these it speaks TLS. */
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly host?: string;
  readonly port?: number;
}

export class Receiver implements AsyncDisposable {
  readonly received = new Arrivals<Received>();
  answer: Answer;
  readonly #server: Server;
  readonly #scheme: string;

  static async start({
    answer = status(204),
    tls,
    host = '127.0.0.1',
    port = 0,
  }: ReceiverOptions = {}): Promise<Receiver> {
    const server = tls === undefined ? createServer() : createTlsServer(tls);
    server.listen({ host, port });
    await once(server, 'listening');
    return new Receiver(server, tls === undefined ? 'http' : 'https', answer);
  }

  private constructor(server: Server, scheme: string, answer: Answer) {
    this.#server = server;
    this.#scheme = scheme;
    this.answer = answer;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => void this.#receive(request, response));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** `host`: a name that the test resolves to this machine. */
  url(path = '/done', host = '127.0.0.1'): string {
    return `${this.#scheme}://${host}:${this.port}${path}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await buffer(request)).toString('utf8');
    const { servername = null } = request.socket as Partial<TLSSocket>;
    const serverName = typeof servername === 'string' ? servername : null;
    const { method = '', url = '', headers } = request;
    const received = { method, path: url, headers, body, serverName };
    this.received.push(received);
    this.answer(response, received);
  }
}

export function status(code: number, headers: Record<string, string> = {}): Answer {
  return (response) => void response.writeHead(code, headers).end();
}
