/**
 * One connection to a nats-server for calls: core publish and subscribe only.
 *
 * Guarantees: messages of one connection arrive in the order sent; `flush` resolves after the server has processed
 * everything published before; after `drain` of a subscription every message it got has been handled. When the socket
 * ends, `closed` resolves and every waiting promise is rejected.
 * Not guaranteed: delivery (core NATS), and reconnection (see WireClient). Hostile: everything the server sends is
 * parsed with limits; a violation closes the connection.
 */
import type { Socket } from 'node:net';
import { SovfnError } from '@sovfn/protocol';
import { z } from 'zod';
import type { Pace } from '../streams/chunk-sender.ts';
import { type BusCredential, signNonce } from './credential.ts';
import { Outbox } from './outbox.ts';
import { WireParser } from './parser.ts';

export type OnMessage = (payload: Buffer, subject: string, reply: string, noResponders: boolean) => void;

export interface WireSubscription {
  /** Stops at once: messages on their way are lost. Only for subscriptions whose messages nobody waits for. */
  unsubscribe(): void;
  /** Stops taking messages and resolves when all that were taken have been handled. */
  drain(): Promise<void>;
}

export interface WireOptions {
  readonly credential: BusCredential;
  readonly name: string;
  /** A refused publish or subscribe (permissions), as the server words it. The connection stays. */
  readonly onRefused?: (text: string) => void;
  /** A server that does not answer within this time is given up. Milliseconds; default 20,000. */
  readonly pingMs?: number;
}

const HANDSHAKE_MS = 10_000;
const FLUSH_MS = 10_000;
const PING_MS = 20_000;
/** Beyond this, streams wait (see Pace). */
const CONGESTED_BYTES = 4 * 1024 * 1024;
/** Beyond this the server does not take what we send: the connection is given up instead of buffering without bound. */
const MAX_PENDING_BYTES = 128 * 1024 * 1024;

const infoSchema = z.object({ nonce: z.string().optional(), max_payload: z.number(), headers: z.literal(true) });

interface Waiter {
  resolve(): void;
  reject(error: Error): void;
}

export class WireConnection implements Pace {
  readonly closed: Promise<Error | null>;
  readonly #socket: Socket;
  readonly #outbox: Outbox;
  readonly #options: WireOptions;
  readonly #handlers = new Map<number, OnMessage>();
  #nextSid = 1;
  /** One per PING sent, in order. */
  #pongs: Waiter[] = [];
  #maxPayload = 0;
  #isOpen = true;
  #resolveClosed!: (error: Error | null) => void;
  #onInfo: ((json: string) => void) | null = null;
  #failure: Error | null = null;
  #keepAlive: NodeJS.Timeout | null = null;
  #drained: (() => void)[] = [];

  /** Takes over a connected socket from which nothing has been read. Throws `bus-unavailable` when refused or after 10 s. */
  static async open(socket: Socket, options: WireOptions): Promise<WireConnection> {
    const connection = new WireConnection(socket, options);
    const timer = setTimeout(() => connection.#fail(new Error(`no handshake within ${HANDSHAKE_MS} ms`)), HANDSHAKE_MS);
    try {
      await connection.#handshake();
    } catch (cause) {
      socket.destroy();
      throw new SovfnError('bus-unavailable', `NATS refused the connection of "${options.name}": ${String(cause)}`, {
        cause,
      });
    } finally {
      clearTimeout(timer);
    }
    connection.#startKeepAlive();
    return connection;
  }

  private constructor(socket: Socket, options: WireOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#outbox = new Outbox(socket);
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve));
    const parser = new WireParser({
      onMessage: (sid, payload, subject, reply, noResponders) => {
        try {
          this.#handlers.get(sid)?.(payload, subject, reply, noResponders);
        } catch (error) {
          // A defect of the subscriber, not of the server: it must not end the connection, nor go unseen.
          queueMicrotask(() => {
            throw error;
          });
        }
      },
      onInfo: (json) => this.#onInfo?.(json),
      onPing: () => this.#outbox.line('PONG\r\n'),
      onPong: () => this.#pongs.shift()?.resolve(),
      onError: (text) => this.#onServerError(text),
    });
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      try {
        parser.push(chunk);
      } catch (error) {
        this.#fail(error instanceof Error ? error : new Error(String(error)));
      }
    });
    socket.on('error', (error) => (this.#failure ??= error));
    socket.on('close', () => this.#onClose());
    socket.on('drain', () => this.#onDrained());
    socket.resume();
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get isCongested(): boolean {
    return this.#outbox.pendingBytes > CONGESTED_BYTES;
  }

  onceDrained(callback: () => void): void {
    this.#drained.push(callback);
  }

  /**
   * Publishes. `reply` asks the server for a "no responders" message when nobody subscribes. Throws `bus-unavailable`
   * on a closed or stalled connection, RangeError over the server's max_payload. `payload` must not change in this turn.
   */
  publish(subject: string, payload: Uint8Array, reply = ''): void {
    this.#assertRoom(payload.length);
    const line =
      reply === '' ? `PUB ${subject} ${payload.length}\r\n` : `PUB ${subject} ${reply} ${payload.length}\r\n`;
    this.#outbox.publication(line, payload);
  }

  /** Like `publish`, with headers: lines of latin1, each `Name: value\r\n`. */
  publishWithHeaders(subject: string, headers: string, payload: Uint8Array, reply = ''): void {
    const block = `NATS/1.0\r\n${headers}\r\n`;
    const bytes = block.length + payload.length;
    this.#assertRoom(bytes);
    const to = reply === '' ? subject : `${subject} ${reply}`;
    this.#outbox.publication(`HPUB ${to} ${block.length} ${bytes}\r\n${block}`, payload);
  }

  /** Calls `speak` at the end of this turn of the event loop, to publish what it has gathered. Throws `bus-unavailable`. */
  atTurnEnd(speak: () => void): void {
    this.#assertRoom(0);
    this.#outbox.atTurnEnd(speak);
  }

  subscribe(subject: string, queue: string | null, onMessage: OnMessage): WireSubscription {
    const sid = this.#nextSid++;
    this.#handlers.set(sid, onMessage);
    this.#outbox.line(queue === null ? `SUB ${subject} ${sid}\r\n` : `SUB ${subject} ${queue} ${sid}\r\n`);
    return {
      unsubscribe: () => {
        if (this.#handlers.delete(sid) && this.#isOpen) this.#outbox.line(`UNSUB ${sid}\r\n`);
      },
      drain: async () => {
        if (this.#isOpen) this.#outbox.line(`UNSUB ${sid}\r\n`);
        try {
          await this.flush();
        } finally {
          this.#handlers.delete(sid);
        }
      },
    };
  }

  /** Writes what this turn has queued, before the turn ends. */
  writeNow(): void {
    this.#outbox.flush();
  }

  /** Resolves when the server has processed everything sent before. Throws `bus-unavailable` on close or after 10 s. */
  async flush(): Promise<void> {
    if (!this.#isOpen)
      throw new SovfnError('bus-unavailable', `the NATS connection of "${this.#options.name}" is closed`);
    const timer = setTimeout(() => this.#fail(new Error(`no PONG within ${FLUSH_MS} ms`)), FLUSH_MS);
    try {
      await this.#ping();
    } catch (cause) {
      throw new SovfnError('bus-unavailable', `the NATS connection of "${this.#options.name}" was lost`, { cause });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Sends what is queued and closes. */
  async close(): Promise<void> {
    if (this.#isOpen) {
      this.#outbox.flush();
      this.#socket.end();
      this.#socket.destroySoon();
    }
    await this.closed;
  }

  async #handshake(): Promise<void> {
    const info = infoSchema.parse(JSON.parse(await this.#firstInfo()));
    this.#maxPayload = info.max_payload;
    const { jwt } = this.#options.credential;
    const connect = {
      verbose: false,
      pedantic: false,
      echo: false,
      headers: true,
      no_responders: true,
      protocol: 1,
      lang: 'sovfn',
      version: '1',
      name: this.#options.name,
      jwt,
      sig: info.nonce === undefined ? undefined : signNonce(this.#options.credential, info.nonce),
    };
    this.#outbox.line(`CONNECT ${JSON.stringify(connect)}\r\n`);
    await this.#ping();
  }

  async #firstInfo(): Promise<string> {
    const info = new Promise<string>((resolve) => (this.#onInfo = resolve));
    const lost = this.closed.then((error) => {
      throw error ?? new Error('the server closed the connection');
    });
    lost.catch(() => undefined);
    return Promise.race([info, lost]);
  }

  #ping(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#outbox.hearLastWords();
      this.#pongs.push({ resolve, reject });
      this.#outbox.line('PING\r\n');
    });
  }

  #startKeepAlive(): void {
    const { pingMs = PING_MS } = this.#options;
    let isAnswered = true;
    this.#keepAlive = setInterval(() => {
      if (!isAnswered) {
        // After a pause of this process the answer may lie in the socket, not read yet.
        setImmediate(() => {
          if (!isAnswered) this.#fail(new Error(`no PONG within ${pingMs} ms`));
        });
        return;
      }
      isAnswered = false;
      this.#pongs.push({ resolve: () => (isAnswered = true), reject: () => undefined });
      this.#outbox.line('PING\r\n');
    }, pingMs).unref();
  }

  #assertRoom(bytes: number): void {
    if (!this.#isOpen)
      throw new SovfnError('bus-unavailable', `the NATS connection of "${this.#options.name}" is closed`);
    if (bytes > this.#maxPayload) {
      throw new RangeError(`a message of ${bytes} bytes exceeds the bus's limit of ${this.#maxPayload}`);
    }
    if (this.#outbox.pendingBytes > MAX_PENDING_BYTES) this.#giveUp();
  }

  #onServerError(text: string): void {
    if (/^permissions violation/i.test(text)) this.#options.onRefused?.(text);
    else this.#fail(new Error(text));
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#socket.destroy();
  }

  #giveUp(): never {
    const error = new SovfnError(
      'bus-unavailable',
      `NATS has not taken ${this.#outbox.pendingBytes} bytes that were sent to it`,
    );
    this.#fail(error);
    throw error;
  }

  #onDrained(): void {
    for (const callback of this.#drained.splice(0)) callback();
  }

  #onClose(): void {
    this.#isOpen = false;
    if (this.#keepAlive !== null) clearInterval(this.#keepAlive);
    const error = this.#failure ?? new Error('the server closed the connection');
    for (const waiter of this.#pongs.splice(0)) waiter.reject(error);
    this.#handlers.clear();
    this.#onDrained();
    this.#resolveClosed(this.#failure);
  }
}
