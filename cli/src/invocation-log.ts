/**
 * The log lines of one call, for whoever made it. Listening starts before the call, since the call's id is known only
 * with its answer; lines of other calls are left out.
 */
import type { LogEvent } from '@sovfn/protocol';
import type { ControlClient } from './api/control-client.ts';

/** Lines come by another way than the answer; those written before it are there within this time. Milliseconds. */
const LAST_LINES_MS = 250;
/** Lines of a busy function that are kept until the call's id is known; older ones are let go. */
const KEPT_LINES = 2_000;

export class InvocationLog {
  readonly #lines: LogEvent[] = [];
  readonly #stop: AbortController;
  #onLine: () => void = () => undefined;

  /** Resolves when lines that are written from now on will be seen. */
  static async follow(client: ControlClient, name: string): Promise<InvocationLog> {
    const stop = new AbortController();
    const events = await client.followLogs(name, stop.signal);
    const log = new InvocationLog(stop);
    void log.#collect(events);
    return log;
  }

  private constructor(stop: AbortController) {
    this.#stop = stop;
  }

  /** The lines of the call, its end last, as far as they arrive within LAST_LINES_MS. Stops listening. */
  async finish(invocation: string): Promise<LogEvent[]> {
    const timeout = AbortSignal.timeout(LAST_LINES_MS);
    const ended = Promise.withResolvers<void>();
    this.#onLine = () => {
      if (this.#lines.some((line) => line.type === 'end' && line.invocation === invocation)) ended.resolve();
    };
    timeout.addEventListener('abort', () => ended.resolve());
    this.#onLine();
    await ended.promise;
    this.close();
    return this.#lines.filter((line) => line.invocation === invocation);
  }

  close(): void {
    this.#stop.abort();
  }

  async #collect(events: Awaited<ReturnType<ControlClient['followLogs']>>): Promise<void> {
    try {
      for await (const event of events) {
        if (event.kind === 'log') this.#lines.push(event.log);
        if (this.#lines.length > KEPT_LINES) this.#lines.shift();
        this.#onLine();
      }
    } catch {
      // The log is an addition to the answer: when it breaks off, the lines that came are shown and the call goes on.
    }
  }
}
