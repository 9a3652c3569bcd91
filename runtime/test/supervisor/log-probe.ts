import type { LogEntry } from '../../src/index.ts';

/** What a supervisor logs, to wait for: tests see what an operator sees. */
export class LogProbe {
  readonly entries: LogEntry[] = [];
  readonly #looks = new Set<() => void>();

  /** The log to give to the supervisor. */
  readonly log = (entry: LogEntry): void => {
    this.entries.push(entry);
    for (const look of this.#looks) look();
  };

  of(event: string): LogEntry[] {
    return this.entries.filter((entry) => entry.event === event);
  }

  /** The first entry of the event, past or to come, that has the facts. The test's time limit bounds the wait. */
  async seen(event: string, facts: Readonly<Record<string, unknown>> = {}): Promise<LogEntry> {
    const seen = Promise.withResolvers<LogEntry>();
    const look = (): void => {
      const found = this.of(event).find((entry) =>
        Object.entries(facts).every(([name, value]) => entry[name] === value),
      );
      if (found !== undefined) seen.resolve(found);
    };
    this.#looks.add(look);
    look();
    try {
      return await seen.promise;
    } finally {
      this.#looks.delete(look);
    }
  }
}
