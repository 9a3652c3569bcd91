export interface WatchThreadData {
  /**
   * Shared with the cell's main thread. 0: milliseconds since 1970 at which the current entry must be over, or 0. 1: how
   * contended the machine's processors are; 0 when that cannot be known.
   */
  readonly shared: Float64Array;
  /** Descriptor to report on, and the bytes to write. */
  readonly reportFd: number;
  readonly aliveByte: number;
  readonly overrunByte: number;
  /** Between two ALIVE bytes. */
  readonly aliveMs: number;
}

/**
 * The body of the watch thread (see watch.ts). NOTE: it is handed to the thread as text, so it refers to nothing outside
 * itself. A thread that loads a file of TypeScript takes 19 MB and 80 ms; this one takes 9 MB and 45 ms (measured), and
 * it is there when the cell is bundled into one file.
 */
export function watchThread(): void {
  const lookMs = 50;
  // Contention is the highest of this many looks: one second.
  const contentionLooks = 20;
  const { openSync, readSync, writeSync } = process.getBuiltinModule('node:fs');
  const { availableParallelism } = process.getBuiltinModule('node:os');
  const threads = process.getBuiltinModule('node:worker_threads');
  const { shared, reportFd, aliveByte, overrunByte, aliveMs } = threads.workerData as WatchThreadData;
  const cores = availableParallelism();
  const statistics = openStatistics();
  const text = Buffer.alloc(64 * 1024);
  const seen: number[] = [];
  let looks = 0;
  threads.parentPort!.postMessage('watching');

  setInterval(() => {
    const due = shared[0]!;
    looks++;
    if (due !== 0 && Date.now() > due) report(overrunByte);
    else if (looks % (aliveMs / lookMs) === 0) report(aliveByte);
    if (statistics !== null) shared[1] = contention(statistics);
  }, lookMs);

  function report(byte: number): void {
    try {
      writeSync(reportFd, Uint8Array.of(byte));
    } catch {
      // Nobody reads: the supervisor is gone. A cell does not outlive it, even when its main thread is stuck.
      process.kill(process.pid, 'SIGKILL');
    }
  }

  /** Opened once, before the process may be locked. Null where the kernel has no such file. */
  function openStatistics(): number | null {
    try {
      return openSync('/proc/stat', 'r');
    } catch {
      return null;
    }
  }

  /** Threads of the machine that want to run, per core. */
  function contention(file: number): number {
    const length = readSync(file, text, 0, text.length, 0);
    const running = /^procs_running (\d+)$/m.exec(text.toString('latin1', 0, length))?.[1];
    seen.push(Number(running ?? 0) / cores);
    if (seen.length > contentionLooks) seen.shift();
    return Math.max(...seen);
  }
}
