/**
 * A server of a test: started, killed, restarted and ended by pid. Its output is kept and shown when it fails; it does
 * not outlive the test process: where the system can do it, the kernel ends it with the test process, however that ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const READY_TIMEOUT_MS = 30_000;
const STOP_GRACE_MS = 5_000;
const POLL_MS = 20;
const KEPT_OUTPUT_CHARS = 16_384;

export interface ServerCommand {
  readonly binary: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Whether the server answers; asked until it says yes, ends, or the time is up. */
  readonly isReady: (pid: number) => Promise<boolean>;
}

/** Becomes the program that follows, under the same pid, after asking the kernel to kill it when its parent ends. */
const SETPRIV = '/usr/bin/setpriv';
const BOUND_TO_PARENT = existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'KILL'] : [];

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #command: ServerCommand;
  #output = '';

  private constructor(command: ServerCommand) {
    this.#command = command;
    const [program, ...prefix] = [...BOUND_TO_PARENT, command.binary];
    this.#child = spawn(program, [...prefix, ...command.args], {
      env: command.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(this.#child);
    this.#child.once('exit', () => running.delete(this.#child));
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-KEPT_OUTPUT_CHARS);
      });
    }
  }

  static async start(command: ServerCommand): Promise<ServerProcess> {
    const server = new ServerProcess(command);
    await once(server.#child, 'spawn');
    try {
      await server.#untilReady();
    } catch (error) {
      await server.kill();
      throw error;
    }
    return server;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** The last output, both streams. */
  get output(): string {
    return this.#output;
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** SIGTERM, and SIGKILL for what does not end in time. */
  async stop(): Promise<void> {
    const isStopped = this.#end('SIGTERM').then(() => true);
    if (await Promise.race([isStopped, delay(STOP_GRACE_MS, false, { ref: false })])) return;
    await this.kill();
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#hasEnded) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill(signal);
    await exit;
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async #untilReady(): Promise<void> {
    const giveUpAt = performance.now() + READY_TIMEOUT_MS;
    while (!(await this.#command.isReady(this.pid))) {
      if (this.#hasEnded) throw this.#failure('ended while starting');
      if (performance.now() > giveUpAt) throw this.#failure(`was not ready after ${READY_TIMEOUT_MS / 1000} s`);
      await delay(POLL_MS);
    }
  }

  #failure(what: string): Error {
    return new Error(`${this.#command.binary} ${what}. Its last output:\n${this.#output}`);
  }
}
