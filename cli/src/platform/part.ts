/** Keeps one part of the platform running: a process that ends without having been asked to is replaced, with back-off. */
import { setTimeout as delay } from 'node:timers/promises';
import type { PartName } from './layout.ts';
import { describeExit, type PartCommand, PartProcess } from './part-process.ts';
import type { PartRecord } from './record.ts';

/** Wait before the first restart; doubled for each that follows soon. Milliseconds. */
const FIRST_RESTART_MS = 200;
const LONGEST_RESTART_MS = 10_000;
/** A process that ran this long is taken to have recovered: the back-off starts again from the first wait. Milliseconds. */
const RECOVERED_MS = 30_000;

export interface PartEvent {
  readonly type: 'part';
  readonly part: PartName;
  readonly state: 'starting' | 'ready' | 'died' | 'restarting' | 'stopping' | 'stopped';
  /** In words, for `died` and `restarting`. */
  readonly detail: string | null;
}

export interface PartObserver {
  readonly onEvent: (event: PartEvent) => void;
  /** A process was started: time to note it down. */
  readonly onProcess: (part: PartRecord) => void;
}

export class Part {
  readonly #command: PartCommand;
  readonly #observer: PartObserver;
  readonly #stopping = new AbortController();
  #process: PartProcess | null = null;
  #keeping: Promise<void> | null = null;

  constructor(command: PartCommand, observer: PartObserver) {
    this.#command = command;
    this.#observer = observer;
  }

  get name(): PartName {
    return this.#command.name;
  }

  /** Resolves when the part is ready. A part that is not ready the first time is not started again. */
  async start(signal: AbortSignal): Promise<void> {
    this.#tell('starting');
    await this.#launch(AbortSignal.any([signal, this.#stopping.signal]));
    this.#keeping = this.#keepRunning();
  }

  /** Resolves when no process of the part runs any more and none will be started. */
  async stop(): Promise<void> {
    if (this.#process === null) return;
    this.#tell('stopping');
    this.#stopping.abort();
    await this.#process.end();
    await this.#keeping;
    this.#tell('stopped');
  }

  async #launch(signal: AbortSignal): Promise<void> {
    this.#process = await PartProcess.start(this.#command);
    const { name, mark } = this.#command;
    this.#observer.onProcess({ name, process: this.#process.identity, mark });
    await this.#process.untilReady(signal);
    this.#tell('ready');
  }

  async #keepRunning(): Promise<void> {
    let waitMs = FIRST_RESTART_MS;
    for (;;) {
      const readyAt = performance.now();
      const exit = await this.#process!.exited;
      if (this.#stopping.signal.aborted) return;
      this.#tell('died', describeExit(exit));
      if (performance.now() - readyAt > RECOVERED_MS) waitMs = FIRST_RESTART_MS;
      while (!(await this.#restart(waitMs))) {
        if (this.#stopping.signal.aborted) return;
        waitMs = Math.min(waitMs * 2, LONGEST_RESTART_MS);
      }
      waitMs = Math.min(waitMs * 2, LONGEST_RESTART_MS);
    }
  }

  /** One attempt. False when it did not become ready; then no process of it is left. */
  async #restart(waitMs: number): Promise<boolean> {
    const { signal } = this.#stopping;
    this.#tell('restarting', `in ${waitMs} ms`);
    try {
      await delay(waitMs, undefined, { signal });
      await this.#launch(signal);
      return true;
    } catch (error) {
      if (!signal.aborted) this.#tell('died', (error as Error).message);
      await this.#process!.end();
      return false;
    }
  }

  #tell(state: PartEvent['state'], detail: string | null = null): void {
    this.#observer.onEvent({ type: 'part', part: this.name, state, detail });
  }
}
