/**
 * Starts the process that talks to the HSM, and starts it again when it ended, hung, or lost its session.
 *
 * Guarantees: each task ends within ANSWER_MS. A PIN that the token refused is not tried a second time: tokens lock themselves after a
 * few.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { KeyProcessAnswer, KeyProcessRequest, KeyProcessResult, KeyProcessTask } from './messages.ts';

export interface TokenProcessOptions {
  /** Path of the HSM's PKCS#11 module. */
  readonly module: string;
  /** Label of the token. */
  readonly token: string;
  /** Asked whenever the process starts. */
  readonly readPin: () => Promise<string>;
}

interface Running {
  readonly child: ChildProcess;
  readonly waiting: Map<number, PromiseWithResolvers<KeyProcessResult>>;
}

const PROGRAM = fileURLToPath(new URL('./key-process.ts', import.meta.url));
const ANSWER_MS = 5_000;
/** CKR_PIN_INCORRECT, _INVALID, _LEN_RANGE, _EXPIRED, _LOCKED. */
const PIN_REFUSED: ReadonlySet<number> = new Set([0xa0, 0xa1, 0xa2, 0xa3, 0xa4]);

class TaskRefused extends Error {
  override readonly name = 'TaskRefused';
  /** Of PKCS#11; null: the token's answer was usable. */
  readonly code: number | null;

  constructor(message: string, code: number | null) {
    super(message);
    this.code = code;
  }
}

export class TokenProcess implements Disposable {
  readonly #options: TokenProcessOptions;
  #running: Promise<Running> | null = null;
  #refusedPin: string | null = null;
  #lastId = 0;
  #isClosed = false;

  constructor(options: TokenProcessOptions) {
    this.#options = options;
  }

  /** Throws an Error that says why it could not be done. */
  async run(task: KeyProcessTask): Promise<KeyProcessResult> {
    if (this.#isClosed) throw new Error('the gateway is stopping');
    const starting = (this.#running ??= this.#start());
    try {
      return await this.#send(await starting, task);
    } catch (error) {
      // A code of PKCS#11 may mean that the session is gone: the next task gets a new one.
      if (!(error instanceof TaskRefused) || error.code !== null) this.#end(starting);
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    if (this.#running !== null) this.#end(this.#running);
  }

  async #start(): Promise<Running> {
    const { module, token, readPin } = this.#options;
    const pin = await readPin();
    if (pin === this.#refusedPin)
      throw new Error('the token has refused the PIN, which is not tried again until it is another');
    const running = launch();
    try {
      await this.#send(running, { kind: 'open', module, token, pin });
    } catch (error) {
      if (error instanceof TaskRefused && PIN_REFUSED.has(error.code ?? 0)) this.#refusedPin = pin;
      running.child.kill('SIGKILL');
      throw error;
    }
    return running;
  }

  async #send({ child, waiting }: Running, task: KeyProcessTask): Promise<KeyProcessResult> {
    const id = ++this.#lastId;
    const answer = Promise.withResolvers<KeyProcessResult>();
    waiting.set(id, answer);
    const timer = setTimeout(
      () => answer.reject(new Error(`the token did not answer within ${ANSWER_MS} ms`)),
      ANSWER_MS,
    );
    try {
      child.send({ ...task, id } satisfies KeyProcessRequest, (error) => {
        if (error !== null) answer.reject(error);
      });
      return await answer.promise;
    } finally {
      clearTimeout(timer);
      waiting.delete(id);
    }
  }

  #end(running: Promise<Running>): void {
    if (this.#running === running) this.#running = null;
    running.then(
      ({ child }) => child.kill('SIGKILL'),
      () => undefined,
    );
  }
}

/** It does not keep the gateway alive, and ends with it. */
function launch(): Running {
  const execArgv = ['--disable-warning=ExperimentalWarning'];
  const child = fork(PROGRAM, { serialization: 'advanced', execArgv, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const waiting: Running['waiting'] = new Map();
  child.unref();
  child.channel!.unref();
  child.on('message', (answer: KeyProcessAnswer) => {
    const asked = waiting.get(answer.id);
    if ('error' in answer) asked?.reject(new TaskRefused(answer.error, answer.code));
    else asked?.resolve(answer.result);
  });
  const onEnd = (): void => {
    for (const asked of waiting.values()) asked.reject(new Error('the process with the PKCS#11 module has ended'));
  };
  child.on('exit', onEnd);
  child.on('error', onEnd);
  return { child, waiting };
}
