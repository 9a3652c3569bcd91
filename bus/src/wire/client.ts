/**
 * A connection for calls that comes back: it connects again for ever (with a growing pause), and subscribes again.
 *
 * While it is down, `publish` throws `bus-unavailable` at once: nothing is buffered, so a caller can be told in the same
 * millisecond. Messages that were on their way when the connection was lost are gone.
 */
import { connect, type Socket } from 'node:net';
import { SovfnError } from '@sovfn/protocol';
import type { Pace } from '../streams/chunk-sender.ts';
import { type OnMessage, WireConnection, type WireOptions, type WireSubscription } from './connection.ts';

/** A NATS server, and further ones of its cluster (`host:port`): who cannot use one takes the next. */
export interface BusAddress {
  readonly host: string;
  readonly port: number;
  readonly servers?: readonly string[];
}

export interface WireClientOptions extends WireOptions {
  readonly address: BusAddress;
}

const CONNECT_MS = 5_000;
/** Shorter than that of a connection that cannot be replaced. Milliseconds. */
const PING_MS = 5_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

interface Interest {
  readonly subject: string;
  readonly queue: string | null;
  readonly onMessage: OnMessage;
  current: WireSubscription | null;
}

export class WireClient implements Pace {
  readonly #options: WireClientOptions;
  readonly #interests = new Set<Interest>();
  readonly #listeners = new Set<(connected: boolean) => void>();
  #connection: WireConnection | null = null;
  #isClosing = false;
  #pauseMs = FIRST_PAUSE_MS;
  #retry: NodeJS.Timeout | null = null;
  /** Index of the server that is tried next. */
  #next = 0;

  /** Throws `bus-unavailable` when the first connection fails; later losses are mended silently (see `onState`). */
  static async connect(options: WireClientOptions): Promise<WireClient> {
    const client = new WireClient(options);
    await client.#open();
    return client;
  }

  private constructor(options: WireClientOptions) {
    this.#options = options;
  }

  get isConnected(): boolean {
    return this.#connection?.isOpen ?? false;
  }

  /** Tells each change of `isConnected`. Returns the function that ends it. */
  onState(listener: (connected: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  publish(subject: string, payload: Uint8Array, reply = ''): void {
    this.#openConnection().publish(subject, payload, reply);
  }

  publishWithHeaders(subject: string, headers: string, payload: Uint8Array, reply = ''): void {
    this.#openConnection().publishWithHeaders(subject, headers, payload, reply);
  }

  /** See WireConnection. */
  atTurnEnd(speak: () => void): void {
    this.#openConnection().atTurnEnd(speak);
  }

  get isCongested(): boolean {
    return this.#connection?.isCongested ?? false;
  }

  /** Without a connection at once: what the caller sends next tells it. */
  onceDrained(callback: () => void): void {
    if (this.#connection?.isOpen === true) this.#connection.onceDrained(callback);
    else queueMicrotask(callback);
  }

  subscribe(subject: string, queue: string | null, onMessage: OnMessage): WireSubscription {
    const interest: Interest = { subject, queue, onMessage, current: null };
    this.#interests.add(interest);
    if (this.isConnected) interest.current = this.#openConnection().subscribe(subject, queue, onMessage);
    return {
      unsubscribe: () => {
        this.#interests.delete(interest);
        interest.current?.unsubscribe();
      },
      drain: async () => {
        this.#interests.delete(interest);
        await interest.current?.drain();
      },
    };
  }

  /** Writes what this turn has queued, before the turn ends. Does nothing while the bus is away. */
  writeNow(): void {
    this.#connection?.writeNow();
  }

  async flush(): Promise<void> {
    await this.#openConnection().flush();
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    await this.#connection?.close();
  }

  #openConnection(): WireConnection {
    if (this.#connection?.isOpen !== true) {
      throw new SovfnError('bus-unavailable', 'the messaging bus (NATS) is not reachable', {
        hint: 'Retry in a moment; `sovfn status` shows the state of the bus.',
      });
    }
    return this.#connection;
  }

  async #open(): Promise<void> {
    const connection = await this.#connect();
    if (this.#isClosing) return connection.close();
    this.#connection = connection;
    this.#pauseMs = FIRST_PAUSE_MS;
    for (const interest of this.#interests) {
      interest.current = connection.subscribe(interest.subject, interest.queue, interest.onMessage);
    }
    void connection.closed.then(() => this.#onLost());
    this.#tell(true);
  }

  /** Tries every server once, beginning after the one that was used last. */
  async #connect(): Promise<WireConnection> {
    const servers = serversOf(this.#options.address);
    let failure = new Error(`the client "${this.#options.name}" is closed`);
    for (let tried = 0; tried < servers.length && !this.#isClosing; tried++) {
      const server = servers[this.#next++ % servers.length]!;
      try {
        return await WireConnection.open(await dialServer(server), { pingMs: PING_MS, ...this.#options });
      } catch (error) {
        failure = error as Error;
      }
    }
    throw failure;
  }

  #onLost(): void {
    if (this.#isClosing) return;
    for (const interest of this.#interests) interest.current = null;
    this.#tell(false);
    this.#reopenLater();
  }

  #reopenLater(): void {
    this.#retry = setTimeout(
      () => {
        this.#open().catch(() => {
          if (!this.#isClosing) this.#reopenLater();
        });
      },
      this.#pauseMs * (0.5 + Math.random() / 2),
    );
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
  }

  #tell(connected: boolean): void {
    for (const listener of this.#listeners) listener(connected);
  }
}

/** All servers of an address as `host:port`, the first one first. */
export function serversOf({ host, port, servers = [] }: BusAddress): string[] {
  return [`${host}:${port}`, ...servers];
}

/**
 * Opens a socket to the first server that takes it. Nothing is read from it yet, so that it can also be handed to another
 * process. Throws `bus-unavailable`.
 */
export async function dial(address: BusAddress): Promise<Socket> {
  let failure: unknown;
  for (const server of serversOf(address)) {
    try {
      return await dialServer(server);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

function dialServer(server: string): Promise<Socket> {
  const { hostname, port } = new URL(`tcp://${server}`);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port), noDelay: true });
    socket.pause();
    const timer = setTimeout(() => socket.destroy(new Error(`no connection within ${CONNECT_MS} ms`)), CONNECT_MS);
    socket.once('error', (cause) => {
      clearTimeout(timer);
      reject(new SovfnError('bus-unavailable', `NATS at ${server} is not reachable: ${cause.message}`, { cause }));
    });
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}
