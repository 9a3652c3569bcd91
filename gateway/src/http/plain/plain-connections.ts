/**
 * Connections of the public port, as long as their requests are plain: one after the other, each read in one way only, with
 * a body that is short and soon there. Node's server costs such a request more than all the rest of the gateway; it gets
 * every connection with the first bytes that are anything else, and reads them and what follows as if nobody had before.
 *
 * Guarantees: a request is handled here or by Node, never by both; a connection that says nothing ends after the limits that
 * Node's server has; what a client sends while its answer is on the way stays in its own socket, but for one read.
 * Hostile: every byte, and when it comes.
 */
import type { Socket } from 'node:net';
import { PlainConnection } from './plain-connection.ts';
import type { PlainRequest } from './plain-request.ts';
import type { PlainResponse } from './plain-response.ts';

/** False: it is not for whoever handles plain requests, and nothing was done with it. */
export type PlainHandler = (request: PlainRequest, response: PlainResponse) => boolean;

export interface PlainConnectionsOptions {
  readonly handle: PlainHandler;
  /** Gives a connection to Node's server for good; it reads on from there. */
  readonly serve: (socket: Socket) => void;
  /** The first request's bytes did not come in time. */
  readonly onSilent: (socket: Socket) => void;
  /** Time for the first bytes of a connection. Milliseconds. */
  readonly firstBytesMs: number;
  /** Time between an answer and the next request. Milliseconds. */
  readonly keepAliveMs: number;
}

const LOOK_MS = 1_000;

export class PlainConnections implements Disposable {
  readonly #options: PlainConnectionsOptions;
  readonly #open = new Set<PlainConnection>();
  readonly #looking: NodeJS.Timeout;
  readonly #keepAlive: string;
  #isStopping = false;

  constructor(options: PlainConnectionsOptions) {
    this.#options = options;
    this.#keepAlive = `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(options.keepAliveMs / 1_000)}\r\n`;
    this.#looking = setInterval(() => this.#look(performance.now()), LOOK_MS).unref();
  }

  add(socket: Socket): void {
    const connection: PlainConnection = new PlainConnection(socket, {
      handle: this.#options.handle,
      keepAlive: this.#keepAlive,
      isStopping: () => this.#isStopping,
      onGone: () => void this.#open.delete(connection),
      passOn: (bytes) => this.#passOn(socket, bytes),
    });
    this.#open.add(connection);
  }

  /** Idle connections end, and no other is kept after its answer. */
  stopAccepting(): void {
    this.#isStopping = true;
    for (const connection of this.#open) connection.endIfIdle();
  }

  /** Cuts off what is left. */
  [Symbol.dispose](): void {
    clearInterval(this.#looking);
    for (const connection of this.#open) connection.destroy();
  }

  #passOn(socket: Socket, bytes: Buffer): void {
    this.#options.serve(socket);
    socket.unshift(bytes);
  }

  #look(now: number): void {
    const { firstBytesMs, keepAliveMs, onSilent } = this.#options;
    for (const connection of this.#open) {
      if (connection.isBusy) continue;
      const idleMs = now - connection.idleSince;
      if (connection.passOnIfLate(idleMs)) continue;
      if (connection.hasServed && idleMs >= keepAliveMs) connection.destroy();
      else if (!connection.hasServed && idleMs >= firstBytesMs) onSilent(connection.leave());
    }
  }
}
