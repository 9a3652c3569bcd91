/**
 * Ends watched splits whose version does worse than the current one. Guarantees: what is judged is what is ended: the
 * record is changed by compare-and-set, and only while it holds the same split; of several gateways the first that finds
 * the version worse ends it. Not guaranteed: that a gateway that starts anew knows what it had counted before.
 */
import type { FunctionRegistry } from '@sovfn/bus';
import { functionKey, type FunctionRecord, type Rollback, SovfnError } from '@sovfn/protocol';
import type { RecordWriter } from '../control/deploy/record-writer.ts';
import { endSplit } from '../control/deploy/releases.ts';
import { nameOfSplit, type SplitTallies } from './split-tallies.ts';
import { judge, type Verdict } from './verdict.ts';

export interface SplitWatchOptions {
  readonly registry: FunctionRegistry;
  readonly records: RecordWriter;
  readonly tallies: SplitTallies;
  readonly onRolledBack: (record: FunctionRecord, rollback: Rollback) => void;
  /** It is tried again. */
  readonly onFailed: (record: FunctionRecord, error: unknown) => void;
}

const LOOK_MS = 1_000;

export class SplitWatch {
  readonly #options: SplitWatchOptions;
  /** Functions with a watched split, by key. */
  readonly #watched = new Map<string, FunctionRecord>();
  readonly #underWay = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  readonly #stopListening: () => void;

  constructor(options: SplitWatchOptions) {
    this.#options = options;
    for (const record of options.registry.all()) this.#note(functionKey(record.tenant, record.name), record);
    this.#stopListening = options.registry.onChange((key, record) => this.#note(key, record));
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#stopListening();
  }

  #note(key: string, record: FunctionRecord | null): void {
    if (record !== null && nameOfSplit(record) !== null) this.#watched.set(key, record);
    else this.#watched.delete(key);
  }

  #look(): void {
    for (const [key, record] of this.#watched) {
      if (Date.parse(record.split!.watchedUntil!) < Date.now()) this.#watched.delete(key);
      else if (!this.#underWay.has(key)) this.#judge(key, record);
    }
  }

  #judge(key: string, record: FunctionRecord): void {
    const tallies = this.#options.tallies.of(record);
    const verdict = tallies === null ? null : judge(tallies);
    if (verdict === null) return;
    this.#underWay.add(key);
    void this.#end(record, verdict).finally(() => this.#underWay.delete(key));
  }

  async #end(judged: FunctionRecord, verdict: Verdict): Promise<void> {
    const { records, onRolledBack, onFailed } = this.#options;
    const rollback: Rollback = { at: new Date().toISOString(), ...verdict };
    try {
      const { before, record } = await records.change(judged.tenant, judged.name, (found) => {
        if (found === null) throw new SovfnError('function-not-found', `"${judged.name}" was deleted`);
        return nameOfSplit(found) === nameOfSplit(judged) ? endSplit(found, rollback) : found;
      });
      if (record !== before) onRolledBack(judged, rollback);
    } catch (error) {
      onFailed(judged, error);
    }
  }
}
