/**
 * The process that holds a test's platform, seen from the test. It ends with the test's process in any case: the channel
 * between them closes. While nothing is asked it does not keep the test's process alive.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { findPinnedNode } from '../../bin/pinned-node.js';
import type { HostAnswer, HostArguments, HostOperation, HostReply, HostRequest, WireError } from './messages.ts';

const HOST = fileURLToPath(new URL('./host.ts', import.meta.url));

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
}

export class HostProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly #exited: Promise<void>;
  #asked = 0;

  static start(): HostProcess {
    return new HostProcess();
  }

  private constructor() {
    // Not the flags of the test runner, and nothing on its stdout, which it may read.
    this.#child = fork(HOST, [], {
      execPath: findPinnedNode(),
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: withoutRunner(process.env),
    });
    this.#child.on('message', (reply: HostReply) => this.#settle(reply));
    this.#exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.#fail(new Error(`the platform of the test has ended (${signal ?? `exit code ${code}`})`));
        resolve();
      });
    });
    this.#child.once('error', (error) => this.#fail(error));
    this.#keepAlive(false);
  }

  ask<Op extends HostOperation>(op: Op, args: HostArguments<Op>): Promise<HostAnswer<Op>> {
    const id = ++this.#asked;
    const { stack } = new Error();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, {
        resolve: resolve,
        reject: (error) => reject(withCaller(error, stack)),
      });
      this.#keepAlive(true);
      const request: HostRequest<Op> = { id, op, args };
      this.#child.send(request, (error) => {
        if (error !== null) this.#fail(error);
      });
    });
  }

  /** Resolves when the platform has ended and its data is removed. */
  async stop(): Promise<void> {
    this.#child.ref();
    if (this.#child.connected) this.#child.disconnect();
    await this.#exited;
  }

  #settle({ id, answer, error }: HostReply): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#keepAlive(false);
    if (error === null) waiting?.resolve(answer as never);
    else waiting?.reject(errorOf(error));
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    this.#keepAlive(false);
  }

  #keepAlive(isKept: boolean): void {
    const what = isKept ? 'ref' : 'unref';
    this.#child[what]();
    this.#child.channel?.[what]();
  }
}

function errorOf({ name, code, message, hint }: WireError): Error {
  const text = hint === null ? message : `${message}\n→ ${hint}`;
  return Object.assign(new Error(text), { name, ...(code !== null && { code }), ...(hint !== null && { hint }) });
}

/** Where the test asked: nothing of the other process would help. */
function withCaller(error: Error, stack: string | undefined): Error {
  const lines = (stack ?? '').split('\n').slice(2);
  error.stack = [`${error.name}: ${error.message}`, ...lines].join('\n');
  return error;
}

/** Test runners tell their children by the environment that they are tests. */
function withoutRunner({ NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, NODE_V8_COVERAGE: ___, ...env }: NodeJS.ProcessEnv) {
  return env;
}
