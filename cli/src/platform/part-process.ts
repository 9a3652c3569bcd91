/**
 * One process of a part of the platform, from its start to its end. It runs in a session of its own, so that Ctrl-C in the
 * terminal reaches only the platform, which then stops its parts in order. It inherits nothing of this process's environment.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { SovfnError } from '@sovfn/protocol';
import { identifyProcess, type ProcessIdentity } from '../processes/identity.ts';
import type { PartName } from './layout.ts';
import { lastLines, openLog } from './log-file.ts';

/** A part that does not answer after this time has failed. Milliseconds; JetStream may have to read its files first. */
const READY_MS = 60_000;
const PROBE_EVERY_MS = 25;
const SHOWN_LINES = 25;

export interface PartCommand {
  readonly name: PartName;
  readonly binary: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly logFile: string;
  /** Stands in the command line of this part and of nothing else: the path of its configuration, or of its data. */
  readonly mark: string;
  /** `line`: it prints a JSON line `{"type":"ready"}`, and ends when its stdin closes. Otherwise it is asked until true. */
  readonly readiness: 'line' | (() => Promise<boolean>);
  /** Time to end by itself after SIGTERM. Milliseconds. */
  readonly graceMs: number;
}

/** How a process ended. */
export interface PartExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  // The last resort when this process ends without having stopped its parts.
  for (const child of running) child.kill('SIGTERM');
});

export class PartProcess {
  readonly exited: Promise<PartExit>;
  readonly #command: PartCommand;
  readonly #child: ChildProcess;
  /** Size of the log at the start: what lies before is not of this process. */
  readonly #logStart: number;
  #identity: ProcessIdentity | null = null;
  #exit: PartExit | null = null;

  /** Resolves when the process runs, which says nothing about its being ready. */
  static async start(command: PartCommand): Promise<PartProcess> {
    await using log = await openLog(command.logFile);
    const { size: logStart } = await log.stat();
    const isWatching = command.readiness === 'line';
    const child = spawn(command.binary, command.args, {
      cwd: command.folder,
      env: command.environment,
      detached: true,
      stdio: [isWatching ? 'pipe' : 'ignore', isWatching ? 'pipe' : log.fd, log.fd],
    });
    const started = new PartProcess(command, child, logStart);
    await started.#identify();
    return started;
  }

  private constructor(command: PartCommand, child: ChildProcess, logStart: number) {
    this.#command = command;
    this.#child = child;
    this.#logStart = logStart;
    running.add(child);
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        running.delete(child);
        this.#exit = { code, signal };
        resolve(this.#exit);
      });
    });
  }

  get identity(): ProcessIdentity {
    return this.#identity!;
  }

  /** @throws SovfnError `part-failed` with the part's last log lines, or the signal's reason */
  async untilReady(signal: AbortSignal): Promise<void> {
    const limit = AbortSignal.timeout(READY_MS);
    const giveUp = AbortSignal.any([signal, limit]);
    const outcome = await Promise.race([this.#becomesReady(giveUp), this.exited, onceAborted(giveUp)]);
    signal.throwIfAborted();
    if (outcome === 'aborted') throw await this.#failure(`was not ready after ${READY_MS / 1000} s`);
    if (outcome !== 'ready') throw await this.#failure(describeExit(outcome));
  }

  /** SIGTERM, and SIGKILL when it has not ended in its grace time. */
  async end(): Promise<PartExit> {
    if (this.#exit !== null) return this.#exit;
    this.#child.kill('SIGTERM');
    const inTime = await Promise.race([this.exited, delay(this.#command.graceMs, null, { ref: false })]);
    if (inTime !== null) return inTime;
    this.#child.kill('SIGKILL');
    return this.exited;
  }

  async #identify(): Promise<void> {
    try {
      await once(this.#child, 'spawn');
    } catch (cause) {
      running.delete(this.#child);
      const text = `the ${this.#command.name} could not be started: ${(cause as Error).message}`;
      throw new SovfnError('part-failed', text, { cause, facts: { part: this.#command.name } });
    }
    this.#identity = identifyProcess(this.#child.pid!);
    if (this.#identity === null) throw await this.#failure(describeExit(await this.exited));
  }

  async #becomesReady(giveUp: AbortSignal): Promise<'ready'> {
    const { readiness } = this.#command;
    if (readiness === 'line') await this.#readyLine();
    else while (!giveUp.aborted && !(await readiness())) await delay(PROBE_EVERY_MS);
    return 'ready';
  }

  async #readyLine(): Promise<void> {
    const lines = createInterface({ input: this.#child.stdout!, crlfDelay: Infinity });
    await new Promise<void>((resolve) => {
      lines.on('line', (line) => {
        if (isReadyLine(line)) resolve();
      });
    });
  }

  async #failure(what: string): Promise<SovfnError> {
    return failure(this.#command, this.#logStart, what);
  }
}

async function failure(command: PartCommand, logStart: number, what: string): Promise<SovfnError> {
  const lines = await lastLines(command.logFile, SHOWN_LINES, logStart);
  const shown = lines.length === 0 ? 'It logged nothing.' : `Its last log lines:\n${lines.join('\n')}`;
  return new SovfnError('part-failed', `the ${command.name} ${what}. ${shown}`, {
    hint: `The whole log is ${command.logFile}; \`sovfn doctor\` checks what the parts need.`,
    facts: { part: command.name, logFile: command.logFile },
  });
}

export function describeExit({ code, signal }: PartExit): string {
  return signal === null ? `ended with exit code ${code ?? 'unknown'}` : `was ended by ${signal}`;
}

function isReadyLine(line: string): boolean {
  try {
    return (JSON.parse(line) as { type?: unknown }).type === 'ready';
  } catch {
    // Not every line of a part's stdout has to be JSON.
    return false;
  }
}

async function onceAborted(signal: AbortSignal): Promise<'aborted'> {
  if (!signal.aborted) await once(signal, 'abort');
  return 'aborted';
}
