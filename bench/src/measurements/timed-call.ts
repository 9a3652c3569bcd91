import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';

const ANSWER_MS = 30_000;

/** Calls a platform over one connection that stays open, with so little machinery that it does not show in the times. */
export class TimedCaller implements Disposable {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Milliseconds from the sending of the request to the end of the answer. Throws when the answer is not 200. */
  async get(url: string): Promise<number> {
    const { ms, status, text } = await this.ask(url);
    if (status !== 200) throw new Error(`${url} answered ${status}: ${text}`);
    return ms;
  }

  /** The same, whatever the status. */
  async ask(url: string): Promise<{ readonly ms: number; readonly status: number; readonly text: string }> {
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(ANSWER_MS)]);
    const startedAt = performance.now();
    const sent = request(url, { agent: this.#agent, signal }).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    const body = await response.setEncoding('utf8').toArray();
    const ms = performance.now() - startedAt;
    return { ms, status: response.statusCode!, text: body.join('') };
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}
