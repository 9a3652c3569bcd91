/** What a debugger such as Chrome's or that of VS Code does, by the Chrome DevTools Protocol. */
import { once } from 'node:events';

interface CallFrame {
  readonly callFrameId: string;
  readonly functionName: string;
}

export interface DebuggedScript {
  readonly scriptId: string;
  readonly url: string;
  readonly sourceMapURL: string;
}

type Message = { readonly id?: number; readonly method?: string; readonly params?: unknown; readonly result?: unknown };

export class Debugger implements AsyncDisposable {
  readonly #socket: WebSocket;
  readonly #answers = new Map<number, (result: unknown) => void>();
  readonly #scripts: DebuggedScript[] = [];
  readonly #pauses: CallFrame[] = [];
  #wake: () => void = () => undefined;
  #asked = 0;

  static async attach(address: string): Promise<Debugger> {
    const targets = (await (await fetch(`http://${address}/json/list`)).json()) as { webSocketDebuggerUrl: string }[];
    const socket = new WebSocket(targets[0]!.webSocketDebuggerUrl);
    await once(socket, 'open');
    const attached = new Debugger(socket);
    await attached.ask('Debugger.enable');
    return attached;
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#hear(JSON.parse(String(data)) as Message));
  }

  ask(method: string, params: object = {}): Promise<unknown> {
    const id = ++this.#asked;
    this.#socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve) => this.#answers.set(id, resolve));
  }

  /** The newest script of this name, once there is one. */
  async script(url: string): Promise<DebuggedScript> {
    return this.#until(() => this.#scripts.findLast((script) => script.url === url));
  }

  /** Where it stands. */
  async paused(): Promise<CallFrame> {
    return this.#until(() => this.#pauses.shift());
  }

  async evaluate({ callFrameId }: CallFrame, expression: string): Promise<unknown> {
    const answer = await this.ask('Debugger.evaluateOnCallFrame', { callFrameId, expression, returnByValue: true });
    return (answer as { result: { value: unknown } }).result.value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await once(this.#socket, 'close');
  }

  #hear({ id, method, params, result }: Message): void {
    if (id !== undefined) this.#answers.get(id)?.(result);
    if (method === 'Debugger.scriptParsed') this.#scripts.push(params as DebuggedScript);
    if (method === 'Debugger.paused') this.#pauses.push((params as { callFrames: CallFrame[] }).callFrames[0]!);
    this.#wake();
  }

  async #until<T>(look: () => T | undefined): Promise<T> {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
