/**
 * The HTTP server of the public port, and of the control port. Guarantees: limits on the time and size of a request's head,
 * on its headers and on idle connections; the parser is strict, so a request that two parsers could read differently (both
 * Content-Length and Transfer-Encoding, repeated lengths, folded headers, control characters) is refused and its connection
 * closed. Where plain requests are handled (`plain/`), Node's server sees only the connections that are given to it.
 * Not guaranteed: limits on the time of bodies, which streams may need; exchanges watch whether they move.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { HEAD_BYTES, HEADER_COUNT, SovfnError } from '@sovfn/protocol';
import { refuseMalformed } from './malformed-request.ts';
import { PlainConnections, type PlainHandler } from './plain/plain-connections.ts';

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export interface ListenOptions extends ListenAddress {
  /** Other processes of the same user may listen there too: each connection is for one of them. */
  readonly shared?: boolean;
}

/** Room that the gateway's own headers need in the head of a call. */
const OWN_HEAD_BYTES = 8 * 1024;
const HEADERS_MS = 10_000;
const KEEP_ALIVE_MS = 5_000;
const CHECK_MS = 5_000;
const SERVER_OPTIONS = {
  maxHeaderSize: HEAD_BYTES - OWN_HEAD_BYTES,
  headersTimeout: HEADERS_MS,
  requestTimeout: 0,
  keepAliveTimeout: KEEP_ALIVE_MS,
  connectionsCheckingInterval: CHECK_MS,
  insecureHTTPParser: false,
  requireHostHeader: true,
  noDelay: true,
};

/** Who answers: plain requests are offered to `handlePlain` first. */
export interface RequestHandlers {
  readonly handle: RequestHandler;
  readonly handlePlain?: PlainHandler;
}

/** One listening HTTP port. */
export class HttpPort {
  readonly address: ListenAddress;
  readonly #server: Server;
  readonly #plain: PlainConnections | null;
  readonly #closed: Promise<unknown>;

  /** Rejects when the address is taken, or cannot be shared (`config-invalid`). Port 0: any free one. */
  static async listen({ handle, handlePlain }: RequestHandlers, at: ListenOptions): Promise<HttpPort> {
    const { host, port, shared = false } = at;
    if (shared) assertShareable(host, port);
    const server = makeServer(handle);
    const plain = handlePlain === undefined ? null : takeConnections(server, handlePlain);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', reject);
    server.listen({ host, port, reusePort: shared }, resolve);
    await promise;
    server.off('error', reject);
    return new HttpPort(server, plain, host);
  }

  private constructor(server: Server, plain: PlainConnections | null, host: string) {
    this.#server = server;
    this.#plain = plain;
    this.#closed = once(server, 'close');
    this.address = { host, port: (server.address() as AddressInfo).port };
  }

  get url(): string {
    const { host, port } = this.address;
    return host.includes(':') ? `http://[${host}]:${port}` : `http://${host}:${port}`;
  }

  /** Takes no new connections and closes idle ones; requests in flight go on. */
  stopAccepting(): void {
    if (this.#server.listening) this.#server.close();
    this.#plain?.stopAccepting();
  }

  /** Cuts off what is left. */
  async close(): Promise<void> {
    this.stopAccepting();
    this.#server.closeAllConnections();
    this.#plain?.[Symbol.dispose]();
    await this.#closed;
  }
}

/** Elsewhere the last one to listen would get every connection, or nobody could. */
function assertShareable(host: string, port: number): void {
  if (process.platform === 'linux') return;
  throw new SovfnError('config-invalid', `${host}:${port} cannot be shared on ${process.platform}: that takes Linux`, {
    hint: 'Leave "shared" out of the public address, and start one gateway.',
  });
}

/** From now on the server serves the connections that it is given, instead of those that it accepts. */
function takeConnections(server: Server, handle: PlainHandler): PlainConnections {
  const serve = server.listeners('connection') as ((this: Server, socket: Socket) => void)[];
  server.removeAllListeners('connection');
  const connections = new PlainConnections({
    handle,
    serve: (socket) => serve.forEach((listener) => listener.call(server, socket)),
    onSilent: (socket) => refuseMalformed(tooSlow(), socket, false),
    firstBytesMs: HEADERS_MS,
    keepAliveMs: KEEP_ALIVE_MS,
  });
  server.on('connection', (socket: Socket) => connections.add(socket));
  return connections;
}

/** As Node's server says it. */
function tooSlow(): Error {
  return Object.assign(new Error('no request came'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
}

function makeServer(handle: RequestHandler): Server {
  const begun = new WeakMap<Socket, ServerResponse>();
  const server = createServer(SERVER_OPTIONS);
  // One more than allowed, because the parser drops what is beyond it in silence.
  server.maxHeadersCount = HEADER_COUNT + 1;
  const onRequest: RequestHandler = (request, response) => {
    begun.set(request.socket, response);
    handle(request, response);
  };
  server.on('request', onRequest);
  // With a listener of its own, `100 Continue` is sent only once the body is wanted.
  server.on('checkContinue', onRequest);
  server.on('clientError', (error, socket) => {
    const response = begun.get(socket as Socket);
    refuseMalformed(error, socket, response?.headersSent === true && !response.writableEnded);
  });
  return server;
}
