import type { FunctionRegistry } from '@sovfn/bus';
import { type FunctionRecord, isSovfnError } from '@sovfn/protocol';

export interface RecordChange {
  readonly before: FunctionRecord | null;
  readonly record: FunctionRecord;
}

/** Compare-and-set is repeated this often against other writers before `deploy-conflict` is the answer. */
const WRITE_ATTEMPTS = 16;

/** Changes records of functions: each change is made to the record as it is, whoever else writes. */
export class RecordWriter {
  readonly #registry: FunctionRegistry;

  constructor(registry: FunctionRegistry) {
    this.#registry = registry;
  }

  /**
   * Replaces the record by what `change` makes of it; nothing is written when that is the same object. Resolves when this
   * gateway's own watch has shown the result, so that its calls follow it. `change` may be called several times; what it
   * throws is the error.
   */
  async change<R extends FunctionRecord>(
    tenant: string,
    name: string,
    change: (before: FunctionRecord | null) => R | Promise<R>,
  ): Promise<RecordChange> {
    for (let attempt = 1; ; attempt++) {
      const { record: before, revision } = await this.#registry.entry(tenant, name);
      const record = await change(before);
      try {
        const written = record === before ? revision : await this.#registry.write(record, revision);
        await this.#registry.untilSeen(tenant, name, written);
        return { before, record };
      } catch (error) {
        const isConflict = isSovfnError(error) && error.code === 'deploy-conflict';
        if (!isConflict || attempt === WRITE_ATTEMPTS) throw error;
      }
    }
  }
}
