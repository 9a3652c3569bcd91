/**
 * One reader of a function's live log, as server-sent events: `log` for a line, `gap` wherever lines are missing, and a
 * comment as heartbeat. Holds at most BUFFER_BYTES for a reader that is slow; what comes beyond that is counted, and the
 * count is sent when there is room again. It subscribes when it is made and unsubscribes when the stream is destroyed.
 *
 * Hostile: the lines. They come from processes that run tenant code and are checked, not passed on as they are.
 */
import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import { type LogEvent, logEventSchema, type LogGap, logSubject, PROTOCOL_VERSION } from '@sovfn/protocol';
import { Readable } from 'node:stream';
import type { FunctionName } from '../../outputs/output-address.ts';
import type { BusWatch } from './bus-watch.ts';

/** Of lines that wait for the reader. */
const BUFFER_BYTES = 1024 * 1024;
const HEARTBEAT_MS = 15_000;

export interface LogFollowerOptions {
  readonly connection: NatsConnection;
  readonly busWatch: BusWatch;
  /** Zones in which the function may run or have run. */
  readonly zones: readonly string[];
  readonly of: FunctionName;
  readonly onInvalid: (reason: string) => void;
}

export class LogFollower extends Readable {
  readonly #onInvalid: (reason: string) => void;
  readonly #subscriptions: readonly Subscription[];
  readonly #heartbeat: NodeJS.Timeout;
  readonly #stopWatching: () => void;
  #hasRoom = true;
  #dropped = 0;
  #mayHaveMissed = false;

  /** Resolves when the server knows the subscription: every line that is published from then on is seen. */
  static async start(options: LogFollowerOptions): Promise<LogFollower> {
    const follower = new LogFollower(options);
    try {
      await options.connection.flush();
    } catch (error) {
      follower.destroy();
      throw error;
    }
    follower.#sendComment('following');
    return follower;
  }

  private constructor({ connection, busWatch, zones, of, onInvalid }: LogFollowerOptions) {
    super({ highWaterMark: BUFFER_BYTES });
    this.#onInvalid = onInvalid;
    this.#subscriptions = zones.map((zone) =>
      connection.subscribe(logSubject({ zone, ...of }), {
        callback: (error, message) => {
          if (error === null) this.#take(message.data);
        },
      }),
    );
    this.#heartbeat = setInterval(() => this.#sendComment('heartbeat'), HEARTBEAT_MS);
    this.#stopWatching = busWatch.onReturn(() => {
      this.#mayHaveMissed = true;
      this.#sendGaps();
    });
  }

  override _read(): void {
    this.#hasRoom = true;
    this.#sendGaps();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearInterval(this.#heartbeat);
    this.#stopWatching();
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    done(error);
  }

  #take(payload: Uint8Array): void {
    const event = this.#parse(payload);
    if (event === null) return;
    if (this.#hasRoom) this.#send('log', event);
    else this.#dropped++;
  }

  #parse(payload: Uint8Array): LogEvent | null {
    try {
      return logEventSchema.parse(JSON.parse(Buffer.from(payload).toString('utf8')));
    } catch (error) {
      this.#onInvalid(String(error));
      return null;
    }
  }

  /** Gaps come before the first line after them. */
  #sendGaps(): void {
    if (this.#mayHaveMissed && this.#hasRoom) {
      this.#mayHaveMissed = false;
      this.#send('gap', { v: PROTOCOL_VERSION, reason: 'bus-disconnected', dropped: null });
    }
    if (this.#dropped > 0 && this.#hasRoom) {
      const dropped = this.#dropped;
      this.#dropped = 0;
      this.#send('gap', { v: PROTOCOL_VERSION, reason: 'slow-reader', dropped });
    }
  }

  #send(type: 'log', data: LogEvent): void;
  #send(type: 'gap', data: LogGap): void;
  #send(type: string, data: unknown): void {
    this.#hasRoom = this.push(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  #sendComment(text: string): void {
    if (this.#hasRoom) this.#hasRoom = this.push(`: ${text}\n\n`);
  }
}
