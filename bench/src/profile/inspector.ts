/** A session with the inspector of a Node process on this machine, which SIGUSR1 opens. */
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';

/** Where SIGUSR1 makes Node listen. */
const ADDRESS = 'http://127.0.0.1:9229';
const OPEN_MS = 10_000;
const LOOK_MS = 100;

const targetsSchema = z.array(z.object({ webSocketDebuggerUrl: z.url() })).min(1);
const messageSchema = z.object({
  id: z.int().optional(),
  result: z.unknown().optional(),
  error: z.object({ message: z.string() }).optional(),
});
const evaluatedSchema = z.object({ result: z.object({ value: z.unknown() }) });

interface Asked {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class Inspector implements Disposable {
  readonly #socket: WebSocket;
  readonly #asked = new Map<number, Asked>();

  /** Throws when the process does not listen within 10 s, or another one has the port. */
  static async open(pid: number, signal: AbortSignal): Promise<Inspector> {
    process.kill(pid, 'SIGUSR1');
    const inspector = new Inspector(await connect(await findTarget(signal)));
    const evaluated = await inspector.ask('Runtime.evaluate', { expression: 'process.pid' });
    if (evaluatedSchema.parse(evaluated).result.value === pid) return inspector;
    inspector[Symbol.dispose]();
    throw new Error(`another process than ${pid} is inspected at ${ADDRESS}: end it`);
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#onMessage(String(data)));
    socket.addEventListener('close', () => {
      for (const { reject } of this.#asked.values()) reject(new Error('the inspected process has ended'));
    });
  }

  async ask(method: string, params: object = {}): Promise<unknown> {
    const id = this.#asked.size + 1;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#asked.set(id, { resolve, reject });
    this.#socket.send(JSON.stringify({ id, method, params }));
    return promise;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  #onMessage(text: string): void {
    const { id, result, error } = messageSchema.parse(JSON.parse(text));
    const asked = id === undefined ? undefined : this.#asked.get(id);
    if (error === undefined) asked?.resolve(result);
    else asked?.reject(new Error(error.message));
  }
}

async function findTarget(signal: AbortSignal): Promise<string> {
  const giveUpAt = performance.now() + OPEN_MS;
  for (;;) {
    try {
      const response = await fetch(`${ADDRESS}/json/list`, { signal });
      return targetsSchema.parse(await response.json())[0]!.webSocketDebuggerUrl;
    } catch (error) {
      if (signal.aborted || performance.now() > giveUpAt) throw error;
      await delay(LOOK_MS, undefined, { signal });
    }
  }
}

async function connect(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url);
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve());
    socket.addEventListener('error', () => reject(new Error(`no inspector answers at ${url}`)));
  });
  return socket;
}
