/** Cheap calls: on connections that are kept, without what `fetch` does for pages, so that the machine is the platform's. */
import { Agent, request } from 'node:http';
import type { TestPlatform } from '@sovfn/testkit';

export interface Answer {
  readonly status: number;
  readonly text: string;
}

interface Question {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export class KeptConnections implements Disposable {
  readonly #platform: TestPlatform;
  readonly #agent: Agent;

  /** At most `most` connections to each port. */
  constructor(platform: TestPlatform, most: number) {
    this.#platform = platform;
    this.#agent = new Agent({ keepAlive: true, maxSockets: most });
  }

  async call(path: string): Promise<Answer> {
    return this.#ask(`${this.#platform.publicUrl}${path}`, { method: 'GET' });
  }

  async control(method: string, path: string, body?: string): Promise<Answer> {
    const headers = { authorization: `Bearer ${this.#platform.token}`, 'content-type': 'application/json' };
    return this.#ask(`${this.#platform.controlUrl}${path}`, { method, headers, ...(body !== undefined && { body }) });
  }

  /** The next call opens new ones. */
  close(): void {
    this.#agent.destroy();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #ask(url: string, { method, headers, body }: Question): Promise<Answer> {
    const answered = Promise.withResolvers<Answer>();
    const asked = request(
      url,
      { agent: this.#agent, method, ...(headers !== undefined && { headers }) },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        response.on('end', () => answered.resolve({ status: response.statusCode ?? 0, text }));
        response.on('error', answered.reject);
      },
    );
    asked.on('error', answered.reject);
    asked.end(body);
    return answered.promise;
  }
}
