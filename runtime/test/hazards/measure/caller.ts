import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('caller-program.ts', import.meta.url));

/**
 * Calls an address one call after the other, in a process of its own: what the measurement does beside it, such as to read a
 * body without end, is not taken for the neighbour's wait.
 */
export class Caller implements AsyncDisposable {
  readonly #child: ChildProcess;

  constructor(url: string) {
    this.#child = fork(PROGRAM, [url], { detached: true });
  }

  /** How long each call took while the work lasted, in milliseconds. */
  async during(work: () => Promise<void>): Promise<number[]> {
    this.#child.send(true);
    try {
      await work();
    } finally {
      this.#child.send(false);
    }
    const heard: unknown[] = await Promise.race([once(this.#child, 'message'), once(this.#child, 'exit')]);
    if (!Array.isArray(heard[0])) throw new Error('the caller of the neighbour has ended: its error is above');
    return heard[0] as number[];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#child.connected) return;
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }
}

/** Whoever calls hazards would do it from another machine: this process comes after the platform's. */
export function stepBack(): void {
  try {
    writeFileSync('/proc/self/autogroup', '10', { flag: 'r+' });
  } catch {
    // A kernel without scheduling groups of sessions: the measurement shares the processors with what it measures.
  }
}
