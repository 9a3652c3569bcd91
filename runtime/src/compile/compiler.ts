import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { PROTOCOL_VERSION } from '@sovfn/protocol';
import { Channel } from '../channel/frame.ts';
import { COMPILE_FD, type FromCompiler, fromCompilerSchema, type ToCompiler } from './messages.ts';

export interface CompilerOptions {
  /** File to run (see `buildPrograms`). */
  readonly program: string;
  /** Node's flags: V8 refuses a code cache that was made under others, so they are those of the cells. */
  readonly nodeFlags: readonly string[];
}

/** One script, including the start of the process. */
const COMPILE_MS = 20_000;
/** The process ends after this time without work: it holds about 60 MiB. */
const IDLE_MS = 2_000;

/** The supervisor's side of the compile process: started when there is work, one script at a time, ended when idle. */
export class Compiler {
  readonly #options: CompilerOptions;
  #process: CompileProcess | null = null;
  #queue: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #idle: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(options: CompilerOptions) {
    this.#options = options;
  }

  /** The code cache of a script. Throws when the text is no script, the process dies, or after COMPILE_MS. */
  compile(source: Uint8Array): Promise<Buffer> {
    return this.#ask('compile', source);
  }

  /** The code cache of the prelude, which is run for it (see rehearsal.ts). Throws as `compile` does. */
  rehearse(prelude: Uint8Array): Promise<Buffer> {
    return this.#ask('rehearse', prelude);
  }

  /** Ends the process; what is under way fails. */
  close(): void {
    this.#isClosed = true;
    this.#stopIdleTimer();
    this.#process?.end();
  }

  #ask(type: ToCompiler['type'], source: Uint8Array): Promise<Buffer> {
    this.#waiting++;
    this.#stopIdleTimer();
    const result = this.#queue.then(() => this.#runningProcess().ask(type, source));
    this.#queue = result.then(
      () => this.#afterEach(),
      () => this.#afterEach(),
    );
    return result;
  }

  #runningProcess(): CompileProcess {
    if (this.#isClosed) throw new Error('the compiler is closed');
    if (this.#process?.isRunning !== true) this.#process = new CompileProcess(this.#options);
    return this.#process;
  }

  #afterEach(): void {
    if (--this.#waiting === 0 && !this.#isClosed) this.#idle = setTimeout(() => this.#process?.end(), IDLE_MS).unref();
  }

  #stopIdleTimer(): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = null;
  }
}

class CompileProcess {
  readonly #child: ChildProcess;
  readonly #channel: Channel<FromCompiler, ToCompiler>;
  #current: PromiseWithResolvers<Buffer> | null = null;
  #isRunning = true;

  constructor({ program, nodeFlags }: CompilerOptions) {
    const stdio = ['ignore', 'ignore', 'ignore', 'pipe'] as const;
    this.#child = spawn(process.execPath, [...nodeFlags, program], { env: {}, stdio: [...stdio] });
    this.#child.on('error', (error) => this.#fail(error));
    this.#child.on('exit', (code, signal) => this.#fail(new Error(`the compile process ended (${signal ?? code})`)));
    this.#channel = new Channel(this.#child.stdio[COMPILE_FD] as Duplex, {
      schema: fromCompilerSchema,
      onMessage: (answer, tail) => this.#onAnswer(answer, tail),
      onClosed: (reason) => this.#fail(reason ?? new Error('the compile process closed its channel')),
    });
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  async ask(type: ToCompiler['type'], source: Uint8Array): Promise<Buffer> {
    this.#current = Promise.withResolvers();
    const timer = setTimeout(() => this.#fail(new Error(`not compiled within ${COMPILE_MS} ms`)), COMPILE_MS);
    this.#channel.send({ v: PROTOCOL_VERSION, type }, [source]);
    try {
      return await this.#current.promise;
    } finally {
      clearTimeout(timer);
      this.#current = null;
    }
  }

  end(): void {
    this.#fail(new Error('the compile process was ended'));
  }

  #onAnswer(answer: FromCompiler, tail: Buffer): void {
    if (answer.type === 'compiled') this.#current?.resolve(tail);
    else this.#current?.reject(new Error(answer.message));
  }

  #fail(reason: Error): void {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    this.#current?.reject(reason);
    this.#channel.close();
    this.#child.kill('SIGKILL');
  }
}
