/**
 * The node's side of the connections to its platform: it asks for grants, and offers NATS and the object store to its own
 * processes on the loopback address, so that cells, which are handed plain sockets, need not know of TLS.
 *
 * Guarantees: nothing is sent before the platform has shown a certificate that the named authority has signed.
 * Not guaranteed: that nobody else on this machine connects to the loopback ports; NATS and the store ask for credentials.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, isIP, type Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import {
  type LinkAddress,
  LINK_PROTOCOLS,
  type LinkRequest,
  linkResponseSchema,
  type NodeGrant,
  SovfnError,
} from '@sovfn/protocol';
import { join } from './link-server.ts';
import { readLine } from './lines.ts';

export interface LinkIdentity {
  /** PEM. */
  readonly key: string;
  readonly certificate: string;
}

const CONNECT_MS = 10_000;
const ANSWER_MS = 20_000;
const ANSWER_BYTES = 262_144;
const LOOPBACK = '127.0.0.1';

/** Throws SovfnError `platform-unreachable`, or what the platform refuses with. */
export async function askForGrant(
  link: LinkAddress,
  identity: LinkIdentity | null,
  request: LinkRequest,
): Promise<NodeGrant> {
  const socket = await dialLink(link, identity, 'enrol');
  try {
    socket.write(`${JSON.stringify(request)}\n`);
    const line = await readLine(socket, { maxBytes: ANSWER_BYTES, limitMs: ANSWER_MS });
    const response = linkResponseSchema.safeParse(line === null ? null : JSON.parse(line));
    if (!response.success) throw unreachable(link, 'it did not answer as agreed', response.error);
    if (response.data.type === 'granted') return response.data;
    const { code, message, hint } = response.data;
    throw new SovfnError(code, message, hint === null ? {} : { hint });
  } finally {
    socket.destroy();
  }
}

export interface LinkRelayOptions {
  readonly service: 'bus' | 'store';
  readonly link: LinkAddress;
  /** Asked for at each connection: it is renewed while the node runs. */
  readonly identity: () => LinkIdentity;
  /** A connection to the platform has ended, for whatever reason. */
  readonly onLost: () => void;
}

/** A loopback port behind which is one of the platform's servers. */
export class LinkRelay implements AsyncDisposable {
  readonly port: number;
  readonly #server: ReturnType<typeof createServer>;
  readonly #sockets: Set<Socket>;

  static async open({ service, link, identity, onLost }: LinkRelayOptions): Promise<LinkRelay> {
    const sockets = new Set<Socket>();
    const server = createServer({ noDelay: true, pauseOnConnect: true }, (near) => {
      sockets.add(near);
      near.once('close', () => sockets.delete(near));
      near.on('error', () => near.destroy());
      dialLink(link, identity(), service).then(
        (far) => {
          far.once('close', onLost);
          join(near, far);
        },
        // Whoever connected finds the connection closed and tries again; `askForGrant` is what tells the reason.
        () => near.destroy(),
      );
    });
    server.listen({ host: LOOPBACK, port: 0 });
    await once(server, 'listening');
    return new LinkRelay(server, sockets);
  }

  private constructor(server: ReturnType<typeof createServer>, sockets: Set<Socket>) {
    this.#server = server;
    this.#sockets = sockets;
    this.port = (server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

/** Connected, and the platform's certificate checked. Throws SovfnError `platform-unreachable`. */
async function dialLink(
  link: LinkAddress,
  identity: LinkIdentity | null,
  service: keyof typeof LINK_PROTOCOLS,
): Promise<TLSSocket> {
  const { host, port, serverName, serverCa } = link;
  const name = isIP(serverName) === 0 ? { servername: serverName } : {};
  const own = identity === null ? {} : { key: identity.key, cert: identity.certificate };
  const socket = connect({
    ...{ host, port, ...name, ca: serverCa, ...own, minVersion: 'TLSv1.3' },
    ALPNProtocols: [LINK_PROTOCOLS[service]],
  });
  socket.setNoDelay(true);
  const timer = setTimeout(() => socket.destroy(new Error(`no connection within ${CONNECT_MS} ms`)), CONNECT_MS);
  try {
    await once(socket, 'secureConnect');
  } catch (cause) {
    socket.destroy();
    throw unreachable(link, (cause as Error).message, cause);
  } finally {
    clearTimeout(timer);
  }
  socket.on('error', () => socket.destroy());
  return socket;
}

function unreachable({ host, port }: LinkAddress, reason: string, cause: unknown): SovfnError {
  return new SovfnError('platform-unreachable', `the platform's port for nodes ${host}:${port}: ${reason}`, {
    cause,
    hint: 'It is there while `sovfn up --listen-nodes` runs; look at firewalls between.',
  });
}
