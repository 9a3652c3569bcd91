/**
 * The HTTP server of the public port. Guarantees: limits on the time and size of a request's head, on its headers and on
 * idle connections; the parser is strict, so a request that two parsers could read differently (both Content-Length and
 * Transfer-Encoding, repeated lengths, folded headers, control characters) is refused and its connection closed.
 * Not guaranteed: limits on the time of bodies, which streams may need; exchanges watch whether they move.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { HEAD_BYTES, HEADER_COUNT } from '@sovfn/protocol';
import { refuseMalformed } from './malformed-request.ts';

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Room that the gateway's own headers need in the head of a call. */
const OWN_HEAD_BYTES = 8 * 1024;
const HEADERS_MS = 10_000;
const KEEP_ALIVE_MS = 5_000;
const CHECK_MS = 5_000;

export function makePublicServer(handle: RequestHandler): Server {
  const begun = new WeakMap<Socket, ServerResponse>();
  const server = createServer({
    maxHeaderSize: HEAD_BYTES - OWN_HEAD_BYTES,
    headersTimeout: HEADERS_MS,
    requestTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: CHECK_MS,
    insecureHTTPParser: false,
    requireHostHeader: true,
    noDelay: true,
  });
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
    refuseMalformed(
      error,
      socket,
      begun.get(socket as Socket)?.headersSent === true && !begun.get(socket as Socket)!.writableEnded,
    );
  });
  return server;
}

/** Resolves with the address that the server listens on. Rejects when it is taken. */
export async function listen(server: Server, at: ListenAddress): Promise<ListenAddress> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ host: at.host, port: at.port }, resolve);
  await promise;
  server.off('error', reject);
  return { host: at.host, port: (server.address() as AddressInfo).port };
}

export async function closeServer(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeAllConnections();
  await promise;
}
