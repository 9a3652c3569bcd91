/**
 * The port for nodes on other hosts: mutual TLS, with the platform's servers behind it, which themselves listen on the loopback
 * address only. What a connection is for stands in its ALPN protocol (LINK_PROTOCOLS).
 *
 * Guarantees: nothing reaches NATS or the object store but what comes over TLS 1.3 with a certificate of this platform's
 * authority, for the key of a node that is enrolled at that moment. Requests are answered or closed in time, and bounded.
 * Not guaranteed: that connections of before end when a node is removed: NATS ends those to it, and the store's user is gone.
 * Hostile: every byte, until the certificate is checked; afterwards what NATS and the store guard.
 */
import type { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { createServer, type TLSSocket, type Server } from 'node:tls';
import {
  errorClass,
  isSovfnError,
  LINK_PROTOCOLS,
  type LinkResponse,
  publicKeyText,
  SovfnError,
} from '@sovfn/protocol';
import { readLine } from './lines.ts';

/** Who is at the other end, as its certificate says; the authority has signed it. */
export interface LinkPeer {
  readonly node: string;
  /** 32 bytes, base64url. */
  readonly publicKey: string;
}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface LinkServerOptions {
  readonly listen: HostPort;
  readonly tls: { readonly cert: string; readonly key: string; readonly nodesCa: string };
  readonly targets: Readonly<Record<'bus' | 'store', HostPort>>;
  readonly isEnrolled: (peer: LinkPeer) => Promise<boolean>;
  /** A line of JSON that asks for a grant. Throws what is to be refused. */
  readonly onRequest: (line: string, peer: LinkPeer | null) => Promise<LinkResponse>;
  /** A failure that the other end is told nothing about. */
  readonly onFailed: (error: unknown) => void;
}

const HANDSHAKE_MS = 10_000;
const REQUEST_MS = 10_000;
const REQUEST_BYTES = 16_384;
const MOST_CONNECTIONS = 16_384;
/** A node that lost power is noticed after this. Milliseconds. */
const KEEP_ALIVE_MS = 15_000;

export class LinkServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #options: LinkServerOptions;
  readonly #sockets = new Set<Socket>();

  /** Throws SovfnError `port-taken`, or the system's error for an address that this machine does not have. */
  static async listen(options: LinkServerOptions): Promise<LinkServer> {
    const link = new LinkServer(options);
    const { host, port } = options.listen;
    link.#server.listen({ host, port });
    try {
      await once(link.#server, 'listening');
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
      throw new SovfnError('port-taken', `port ${port} on ${host}, asked for as the port for nodes, is taken`, {
        cause,
        hint: 'End what listens there, or name another one with --listen-nodes.',
      });
    }
    return link;
  }

  private constructor(options: LinkServerOptions) {
    this.#options = options;
    const { cert, key, nodesCa } = options.tls;
    this.#server = createServer(
      {
        ...{ cert, key, ca: nodesCa, minVersion: 'TLSv1.3', handshakeTimeout: HANDSHAKE_MS },
        // Whoever enrols has no certificate yet; the others are checked before a byte of theirs is passed on.
        ...{ requestCert: true, rejectUnauthorized: false, ALPNProtocols: Object.values(LINK_PROTOCOLS) },
        ...{ noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS },
      },
      (socket) => this.#take(socket),
    );
    this.#server.maxConnections = MOST_CONNECTIONS;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #take(socket: TLSSocket): void {
    this.#keep(socket);
    const serving = socket.alpnProtocol === LINK_PROTOCOLS.enrol ? this.#answer(socket) : this.#forward(socket);
    serving.catch((error: unknown) => {
      socket.destroy();
      this.#options.onFailed(error);
    });
  }

  async #answer(socket: TLSSocket): Promise<void> {
    const line = await readLine(socket, { maxBytes: REQUEST_BYTES, limitMs: REQUEST_MS });
    if (line === null) return void socket.destroy();
    socket.end(`${JSON.stringify(await this.#responseTo(line, peerOf(socket)))}\n`);
  }

  async #responseTo(line: string, peer: LinkPeer | null): Promise<LinkResponse> {
    try {
      return await this.#options.onRequest(line, peer);
    } catch (error) {
      const isTold = isSovfnError(error) && errorClass(error.code) === 'user';
      if (!isTold) this.#options.onFailed(error);
      const told = isTold
        ? error
        : new SovfnError('internal-error', 'the platform could not answer; its operator sees why');
      return { v: 1, type: 'refused', code: told.code, message: told.message, hint: told.hint };
    }
  }

  async #forward(socket: TLSSocket): Promise<void> {
    const { bus, store } = this.#options.targets;
    const target = { [LINK_PROTOCOLS.bus]: bus, [LINK_PROTOCOLS.store]: store }[socket.alpnProtocol || ''];
    const peer = peerOf(socket);
    if (target === undefined || peer === null || !(await this.#options.isEnrolled(peer))) return void socket.destroy();
    const behind = connect({ ...target, noDelay: true });
    this.#keep(behind);
    join(socket, behind);
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  }
}

/** Passes bytes both ways; when one side ends or breaks, the other does. */
export function join(a: Socket, b: Socket): void {
  a.pipe(b).pipe(a);
  a.once('close', () => b.destroy());
  b.once('close', () => a.destroy());
}

/** Null without a certificate that the authority has signed. */
function peerOf(socket: TLSSocket): LinkPeer | null {
  const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
  if (certificate === undefined) return null;
  const { publicKey } = certificate;
  if (publicKey.asymmetricKeyType !== 'ed25519') return null;
  return { node: commonNameOf(certificate), publicKey: publicKeyText(publicKey) };
}

function commonNameOf({ subject }: X509Certificate): string {
  return /^CN=(.*)$/m.exec(subject)?.[1] ?? '';
}
