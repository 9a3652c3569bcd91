import type { DataFolder } from './data-folder.ts';
import { inEndingOrder, type PartName } from './layout.ts';
import { trimLog } from './log-file.ts';
import type { PartCommand } from './part-process.ts';
import { Part, type PartObserver } from './part.ts';
import { isPartRunning, type PlatformRecord, removeRecord, withPart, writeRecord } from './record.ts';

const TRIM_EVERY_MS = 60_000;

/** The running parts of one platform, and the record of them in the data folder. */
export class PartSet implements AsyncDisposable {
  readonly #folder: DataFolder;
  readonly #parts = new Map<PartName, Part>();
  readonly #observer: PartObserver;
  readonly #logFiles: string[] = [];
  readonly #trimming: NodeJS.Timeout;
  #record: PlatformRecord;

  constructor(folder: DataFolder, record: PlatformRecord, onEvent: PartObserver['onEvent']) {
    this.#folder = folder;
    this.#record = record;
    writeRecord(folder, record);
    this.#observer = {
      onEvent,
      onProcess: (part) => {
        this.#record = withPart(this.#record, part);
        writeRecord(folder, this.#record);
      },
    };
    this.#trimming = setInterval(() => void this.#trimLogs(), TRIM_EVERY_MS).unref();
  }

  /** Process ids of the parts that run now. */
  get pids(): ReadonlyMap<PartName, number> {
    return new Map(this.#record.parts.filter(isPartRunning).map(({ name, process }) => [name, process.pid]));
  }

  /** Starts parts that do not need each other. Resolves when all are ready; throws for the first that fails. */
  async start(signal: AbortSignal, ...commands: readonly PartCommand[]): Promise<void> {
    const parts = commands.map((command) => new Part(command, this.#observer));
    for (const part of parts) this.#parts.set(part.name, part);
    this.#logFiles.push(...commands.map(({ logFile }) => logFile));
    const failing = new AbortController();
    const givenUp = AbortSignal.any([signal, failing.signal]);
    const starts = parts.map(async (part) =>
      part.start(givenUp).catch((error: unknown) => {
        failing.abort(error);
        throw error;
      }),
    );
    // NOTE: all of them, before the first failure is told: a part whose process is only just being made cannot be stopped.
    await Promise.allSettled(starts);
    await Promise.all(starts);
  }

  /** Notes that everything that was to be started is ready. */
  noteReady(): void {
    this.#record = { ...this.#record, readyAt: new Date().toISOString() };
    writeRecord(this.#folder, this.#record);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#trimming);
    for (const group of inEndingOrder([...this.#parts.keys()])) {
      await Promise.all(group.map(async (name) => this.#parts.get(name)?.stop()));
    }
    removeRecord(this.#folder);
  }

  async #trimLogs(): Promise<void> {
    for (const file of this.#logFiles) await trimLog(file);
  }
}
