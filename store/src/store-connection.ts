/**
 * The one place that talks to the S3 client library (minio-js 8.0.7). It gives every request a time limit and an end:
 * the library itself has neither, hangs or crashes on broken streams, and leaves the socket of a refused request in use.
 *
 * Guarantees: when a step fails or its time is over, every request made inside it is destroyed, socket included, and
 * the error is a SovfnError. Not guaranteed: that a write which failed has not happened; the server may have done it.
 * Hostile: the server's answers. Their bytes are checked by whoever knows what they should be.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import http from 'node:http';
import https from 'node:https';
import { Client, type ClientOptions } from 'minio';
import { storeError } from './store-errors.ts';

export interface StoreOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Region that requests are signed for; MinIO takes any. Default `us-east-1`. */
  readonly region?: string;
}

const MAX_SOCKETS = 128;

/** Idle sockets are closed before S3 servers do it (20–60 s), so that no request is written into a closing one. */
const IDLE_SOCKET_MS = 10_000;

export class StoreConnection {
  readonly #client: Client;
  readonly #agent: http.Agent;
  readonly #address: string;
  /** Signal of the call that a request belongs to: the library has no parameter to hand it through. */
  readonly #signals = new AsyncLocalStorage<AbortSignal>();

  constructor(options: StoreOptions) {
    const agentOptions = { keepAlive: true, maxSockets: MAX_SOCKETS, timeout: IDLE_SOCKET_MS };
    this.#agent = options.tls ? new https.Agent(agentOptions) : new http.Agent(agentOptions);
    this.#address = `${options.host}:${options.port}`;
    this.#client = new Client({
      endPoint: options.host,
      port: options.port,
      useSSL: options.tls,
      accessKey: options.accessKey,
      secretKey: options.secretKey,
      region: options.region ?? 'us-east-1',
      transport: this.#transport(options.tls ? https.request : http.request),
      transportAgent: this.#agent,
      retryOptions: { disableRetry: true },
    });
  }

  /** One call of one step. `action` completes the sentence "cannot …" of the error. */
  async run<T>(action: string, limitMs: number, work: (client: Client) => Promise<T>): Promise<T> {
    return this.begin(action).step(limitMs, work);
  }

  /** A call of several steps, such as a stream. Whoever begins it ends it. */
  begin(action: string): StoreCall {
    return new StoreCall({ client: this.#client, signals: this.#signals, address: this.#address, action });
  }

  close(): void {
    this.#agent.destroy();
  }

  #transport(request: typeof http.request): NonNullable<ClientOptions['transport']> {
    const start = (options: http.RequestOptions, onResponse: (response: http.IncomingMessage) => void) => {
      const signal = this.#signals.getStore();
      return request(signal === undefined ? options : { ...options, signal }, onResponse);
    };
    return { request: start as typeof http.request };
  }
}

interface StoreCallOptions {
  readonly client: Client;
  readonly signals: AsyncLocalStorage<AbortSignal>;
  readonly address: string;
  readonly action: string;
}

export class StoreCall {
  readonly #options: StoreCallOptions;
  readonly #abort = new AbortController();

  constructor(options: StoreCallOptions) {
    this.#options = options;
  }

  /** Runs `work` for at most `limitMs` milliseconds. A failure ends the whole call. */
  async step<T>(limitMs: number, work: (client: Client) => Promise<T>): Promise<T> {
    const { client, signals, address, action } = this.#options;
    const overdue = Promise.withResolvers<never>();
    const timer = setTimeout(() => overdue.reject(new TimeLimitReached(limitMs)), limitMs);
    try {
      return await Promise.race([signals.run(this.#abort.signal, () => work(client)), overdue.promise]);
    } catch (cause) {
      this.end();
      throw storeError(action, address, cause);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Destroys whatever request of the call is still open. */
  end(): void {
    this.#abort.abort();
  }
}

class TimeLimitReached extends Error {
  constructor(limitMs: number) {
    super(`no answer within ${limitMs} ms`);
  }
}
