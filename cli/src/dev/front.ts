/**
 * The port for callers: passes each request on to the gateway as it is, and tells of it. A request that comes while a
 * change is being built waits for it, so that it is answered by what was saved before.
 *
 * Guaranteed: bodies stream both ways; headers arrive as they were sent, `host` included.
 */
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import { createServer, request } from '../api/node-http.ts';
import type { Say } from '../language.ts';
import { LOOPBACK } from '../servers/free-port.ts';
import type { DevEvent } from '../json/dev-events.ts';
import { TranslatedError } from '../translated-error.ts';

/** Not that of `sovfn up`, which may run beside. */
const USUAL_PORT = 8787;
/** After the usual one, these are tried before any free one: an address that can be guessed and typed. */
const NEXT_PORTS = 10;

export interface FrontOptions {
  /** Null: the usual one, or a free one. */
  readonly port: number | null;
  readonly say: Say;
  readonly onEvent: (event: DevEvent) => void;
  readonly untilSettled: () => Promise<void>;
}

export class Front implements AsyncDisposable {
  readonly #server: Server;
  readonly #options: FrontOptions;
  #gateway: URL | null = null;

  /** Takes the port. Throws `port-taken` for one that was asked for. */
  static async open(options: FrontOptions): Promise<Front> {
    const { port, say } = options;
    const ports = port === null ? [...Array.from({ length: NEXT_PORTS }, (_, index) => USUAL_PORT + index), 0] : [port];
    for (const one of ports) {
      const front = await Front.#listen(one, options);
      if (front !== null) return front;
    }
    throw new TranslatedError('port-taken', say('dev.port-taken', { port: port ?? USUAL_PORT }), {
      hint: say('dev.port-taken.hint'),
      facts: { port },
    });
  }

  static async #listen(port: number, options: FrontOptions): Promise<Front | null> {
    const server = createServer({ requestTimeout: 0 });
    try {
      server.listen({ host: LOOPBACK, port, exclusive: true });
      await once(server, 'listening');
      return new Front(server, options);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EADDRINUSE' || code === 'EACCES') return null;
      throw error;
    }
  }

  private constructor(server: Server, options: FrontOptions) {
    this.#server = server;
    this.#options = options;
    server.on('request', (incoming, outgoing) => void this.#pass(incoming, outgoing));
  }

  get url(): string {
    return `http://${LOOPBACK}:${(this.#server.address() as AddressInfo).port}`;
  }

  /** From now on, requests go there. */
  leadTo(gateway: string): void {
    this.#gateway = new URL(gateway);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const startedAt = performance.now();
    const { onEvent, untilSettled } = this.#options;
    const { method = 'GET', url: path = '/' } = incoming;
    const tell = (status: number | null, outcome: string | null): void =>
      onEvent({ type: 'request', method, path, status, outcome, durationMs: performance.now() - startedAt });
    await untilSettled();
    if (this.#gateway === null) return refuse(outgoing, 'the platform is starting');
    const { hostname, port } = this.#gateway;
    const headers = incoming.rawHeaders;
    const passed = request({ hostname, port, method, path, headers, setHost: false, agent: false });
    passed.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.statusMessage, withoutConnection(answer.rawHeaders));
      pipeline(answer, outgoing, (error) => {
        const outcome = answer.headers['sovfn-outcome'];
        tell(
          error === undefined || error === null ? answer.statusCode! : null,
          typeof outcome === 'string' ? outcome : null,
        );
      });
    });
    passed.on('error', (error) => {
      if (outgoing.headersSent) return void outgoing.destroy(error);
      tell(null, null);
      refuse(outgoing, `the gateway does not answer: ${error.message}`);
    });
    outgoing.on('close', () => {
      if (!outgoing.writableFinished) passed.destroy();
    });
    pipeline(incoming, passed, () => undefined);
  }
}

function refuse(outgoing: ServerResponse, reason: string): void {
  if (outgoing.destroyed) return;
  outgoing.writeHead(503, { 'content-type': 'text/plain; charset=utf-8', 'retry-after': '1' });
  outgoing.end(`${reason}\n`);
}

/** Each hop has its own connection. */
function withoutConnection(raw: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at]!.toLowerCase();
    if (name !== 'connection' && name !== 'keep-alive' && name !== 'transfer-encoding')
      kept.push(raw[at]!, raw[at + 1]!);
  }
  return kept;
}
