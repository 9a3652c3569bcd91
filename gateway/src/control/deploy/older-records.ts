import type { FunctionRegistry, NodeRegistry } from '@sovfn/bus';
import { type FunctionRecord, SovfnError } from '@sovfn/protocol';
import { noteCountries } from './countries.ts';
import { RecordWriter } from './record-writer.ts';

export interface OlderRecordsOptions {
  readonly registry: FunctionRegistry;
  readonly nodes: NodeRegistry;
  readonly onFailed: (record: FunctionRecord, error: unknown) => void;
}

/** Longer than all nodes of a platform take to announce themselves after it was started anew. */
const LOOK_MS = 60_000;

/**
 * Notes in records of before countries were accepted where nodes of their zones are: these functions go on where they run, and ask for
 * any further country. First when the nodes have had time to come.
 */
export class OlderRecords {
  readonly #options: OlderRecordsOptions;
  readonly #records: RecordWriter;
  readonly #timer: NodeJS.Timeout;

  constructor(options: OlderRecordsOptions) {
    this.#options = options;
    this.#records = new RecordWriter(options.registry);
    this.#timer = setInterval(() => void this.look(), LOOK_MS);
  }

  /** Resolves when each record has been looked at. Never rejects. */
  async look(): Promise<void> {
    const { registry, nodes, onFailed } = this.#options;
    const older = [...registry.all()].filter((record) => noteCountries(record, { nodes }) !== record);
    for (const record of older) await this.#note(record).catch((error: unknown) => onFailed(record, error));
  }

  async #note({ tenant, name }: FunctionRecord): Promise<void> {
    await this.#records.change(tenant, name, (found) => {
      if (found === null) throw new SovfnError('function-not-found', `"${name}" was deleted`);
      return noteCountries(found, this.#options);
    });
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
