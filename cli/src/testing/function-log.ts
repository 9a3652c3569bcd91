/** What a function logs, from now on. */
import type { LogEvent } from '@sovfn/protocol';
import { setTimeout as delay } from 'node:timers/promises';
import type { ControlClient } from '../api/control-client.ts';
import type { WireLogLine } from './messages.ts';

/** Lines come by another way than answers: when none has come for so long, the last one has. Milliseconds. */
const SILENCE_MS = 250;
const POLL_MS = 10;
/** Of a test that logs without end, the newest are kept. */
const KEPT_LINES = 10_000;

export class FunctionLog {
  readonly #events: LogEvent[] = [];
  readonly #stop: AbortController;
  #lastAt = 0;

  /** Resolves when lines that are written from now on will be seen. */
  static async follow(client: ControlClient, name: string): Promise<FunctionLog> {
    const stop = new AbortController();
    const events = await client.followLogs(name, {}, stop.signal);
    const log = new FunctionLog(stop);
    void log.#collect(events);
    return log;
  }

  private constructor(stop: AbortController) {
    this.#stop = stop;
  }

  /** Of one call, or of all (null), once the last one has come; the error that ended a call is among them. */
  async lines(invocation: string | null): Promise<WireLogLine[]> {
    const askedAt = performance.now();
    const isSilent = (): boolean => performance.now() - Math.max(askedAt, this.#lastAt) > SILENCE_MS;
    while (!this.#hasEnded(invocation) && !isSilent()) await delay(POLL_MS);
    return this.#events
      .filter(({ end, text }) => end === null || text !== '')
      .filter((event) => invocation === null || event.invocation === invocation)
      .map(({ time, level, text, invocation: of }) => ({ time, level, text, invocation: of }));
  }

  close(): void {
    this.#stop.abort();
  }

  /** Of many calls that went well and logged nothing, not each says so. */
  #hasEnded(invocation: string | null): boolean {
    return this.#events.some(({ end, invocation: of }) => end !== null && of === invocation);
  }

  async #collect(events: Awaited<ReturnType<ControlClient['followLogs']>>): Promise<void> {
    try {
      for await (const event of events) {
        if (event.kind !== 'log') continue;
        this.#events.push(event.log);
        this.#lastAt = performance.now();
        if (this.#events.length > KEPT_LINES) this.#events.shift();
      }
    } catch {
      // The log is an addition to the answers: what came until it broke off is shown.
    }
  }
}
