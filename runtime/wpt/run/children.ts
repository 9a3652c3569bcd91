/**
 * Runs pages in child processes, several at once.
 *
 * Guarantees: each page gets a result; a process that ends, or is silent for PAGE_LIMIT_MS, is killed and replaced, and
 * its page has failed as a whole. No process outlives the call.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CELL_NODE_FLAGS } from '../../src/supervisor/cells/cell-flags.ts';
import { pageFailure, type PageResult, pageResultSchema, type PageTask } from './result.ts';

const PROGRAM = fileURLToPath(new URL('./child.ts', import.meta.url));
const PAGE_LIMIT_MS = 60_000;

export interface RunOptions {
  readonly processes: number;
  readonly onResult?: (result: PageResult, done: number) => void;
}

/** Results in the order of the tasks. */
export async function runPages(tasks: readonly PageTask[], options: RunOptions): Promise<readonly PageResult[]> {
  const results = new Array<PageResult>(tasks.length);
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    using runner = new PageRunner();
    for (let index = next++; index < tasks.length; index = next++) {
      const result = await runner.run(tasks[index]!);
      results[index] = result;
      options.onResult?.(result, ++done);
    }
  };
  await Promise.all(Array.from({ length: options.processes }, work));
  return results;
}

/** Has one child process at a time, started with the first page and after each that was lost. */
class PageRunner implements Disposable {
  #child: ChildProcess | null = null;

  async run(task: PageTask): Promise<PageResult> {
    if (this.#child?.connected !== true) this.#child = await startChild();
    const child = this.#child;
    const limit = AbortSignal.timeout(PAGE_LIMIT_MS);
    const finished = new AbortController();
    const signal = AbortSignal.any([limit, finished.signal]);
    try {
      const answer = once(child, 'message', { signal }).then(([message]) => pageResultSchema.parse(message));
      const end = once(child, 'exit', { signal }).then(([code, name]) =>
        this.#lost(task, `the process ended with ${code ?? name}`),
      );
      child.send(task);
      return await Promise.race([answer, end]);
    } catch (error) {
      if (!limit.aborted) throw error;
      return this.#lost(task, `no result after ${PAGE_LIMIT_MS} ms`);
    } finally {
      finished.abort();
    }
  }

  [Symbol.dispose](): void {
    this.#child?.kill('SIGKILL');
  }

  #lost(task: PageTask, why: string): PageResult {
    this.#child?.kill('SIGKILL');
    this.#child = null;
    return { page: task.page, subtests: [pageFailure(why)] };
  }
}

/** Throws when the process ends before it is ready: that is a defect of the runner or of the prelude, not of a page. */
async function startChild(): Promise<ChildProcess> {
  const child = fork(PROGRAM, { execArgv: [...CELL_NODE_FLAGS], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const started = new AbortController();
  const signal = AbortSignal.any([AbortSignal.timeout(PAGE_LIMIT_MS), started.signal]);
  const ready = once(child, 'message', { signal }).then(() => child);
  const end = once(child, 'exit', { signal }).then(() => {
    throw new Error('a process for pages did not start; what it wrote is above');
  });
  try {
    return await Promise.race([ready, end]);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    started.abort();
  }
}
