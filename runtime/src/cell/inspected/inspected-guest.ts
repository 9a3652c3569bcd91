/**
 * A guest that a debugger can stop: a context of this process instead of an isolate of its own. While isolated-vm's isolate
 * is stopped, the thread that would hear the debugger waits in it; Node's own inspector has a thread for that (ADR 24).
 *
 * Side: host. Guarantees: entries, operations, microtasks and clocks behave as in an isolate; only primitives and ArrayBuffers
 * of the guest's own realm reach it. NOT guaranteed: isolation of any kind, nor limits. For code that whoever runs it wrote.
 */
import { types } from 'node:util';
import { constants, createContext, Script } from 'node:vm';
import { SCRIPT_PREFIX_LINES } from '@sovfn/builder/script';
import { ENTRY_NAMES, type HostOperations, OPERATION_NAMES, PRELUDE_FILENAME } from '../../bridge/contract.ts';
import type {
  EntryArgument,
  EntryName,
  EntryResult,
  Guest,
  GuestMemory,
  GuestReference,
  GuestScript,
} from '../isolate/guest.ts';
import { describeOrphan } from '../isolate/guest-errors.ts';
import type { Prelude } from '../isolate/guest-isolate.ts';

type Entry = (...args: unknown[]) => void;
type Operation = (...args: unknown[]) => unknown;

/** What the guest's realm makes for its host. */
interface Realm {
  readonly wrap: (operation: Operation) => Operation;
  readonly makeBuffer: (bytes: number) => ArrayBuffer;
}

const REALM = new Script(`({
  wrap: (operation) => (...args) => operation(...args),
  makeBuffer: (bytes) => new ArrayBuffer(bytes),
})`);
const NOTHING = new Script('0');
const DONE: EntryResult = { kind: 'done' };
const NO_MEMORY: GuestMemory = { usedMb: 0, heldMb: 0 };

export class InspectedGuest implements Guest {
  /** The one that was entered last. */
  static current: InspectedGuest | null = null;
  readonly memoryMb: number;
  readonly parts: Prelude['parts'];
  readonly isCutForGood = false;
  readonly #context: object;
  readonly #realm: Realm;
  readonly #entries: Readonly<Record<EntryName, Entry>>;
  #operations: HostOperations | null = null;
  #isDisposed = false;

  constructor({ source, parts }: Pick<Prelude, 'source' | 'parts'>, memoryMb: number) {
    this.memoryMb = memoryMb;
    this.parts = parts;
    // Its own queue of microtasks, which is emptied at the end of each evaluation: see `enter`.
    this.#context = createContext(constants.DONT_CONTEXTIFY, { microtaskMode: 'afterEvaluate' });
    this.#realm = REALM.runInContext(this.#context) as Realm;
    const connect = new Script(source, { filename: PRELUDE_FILENAME }).runInContext(this.#context) as (
      ...operations: Operation[]
    ) => Record<EntryName, Entry>;
    const entries = connect(...OPERATION_NAMES.map((name) => this.#realm.wrap(this.#forward(name))));
    this.#entries = Object.fromEntries(ENTRY_NAMES.map((name) => [name, entries[name]])) as Record<EntryName, Entry>;
  }

  get isDisposed(): boolean {
    return this.#isDisposed;
  }

  bind(operations: HostOperations): void {
    this.#operations = operations;
  }

  runScript({ script, scriptName, sourceMap }: GuestScript): GuestReference {
    const text = `${script}\n//# sourceMappingURL=data:application/json;base64,${mapOfScript(sourceMap)}`;
    try {
      return { inspected: new Script(text, { filename: scriptName }).runInContext(this.#context) };
    } catch (error) {
      throw errorOfThisRealm(error);
    }
  }

  enter(entry: EntryName, args: EntryArgument[]): EntryResult {
    InspectedGuest.current = this;
    try {
      this.#entries[entry](...args.map((arg) => this.#moveIn(arg)));
      NOTHING.runInContext(this.#context);
      return DONE;
    } catch (error) {
      return { kind: 'orphan', error: errorOfThisRealm(error) };
    }
  }

  /** A promise was rejected and nobody handled it. */
  hearOrphan(reason: unknown): void {
    if (this.#isDisposed) return;
    const { name, message, stack } = describeOrphan(errorOfThisRealm(reason));
    this.enter('orphan', [Date.now(), 0, name, message, stack]);
  }

  memory(): GuestMemory {
    return NO_MEMORY;
  }

  collectYoung(): void {
    // The process collects when it needs to.
  }

  giveBackLeftovers(): void {
    // As above.
  }

  makeCollector(): GuestReference {
    return { inspected: this.#realm.wrap(() => undefined) };
  }

  /** A debugger steps through one call at a time. */
  makeDrain(): null {
    return null;
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#operations = null;
  }

  #forward(name: (typeof OPERATION_NAMES)[number]): Operation {
    return (...args) => {
      const operations = this.#operations as Record<string, Operation> | null;
      // Code of a guest that was let go of may still run: nobody listens.
      if (operations === null) return undefined;
      return this.#moveIn(operations[name]!(...args.map(moveOut)) as EntryArgument);
    };
  }

  #moveIn(value: EntryArgument): unknown {
    if (typeof value === 'object' && 'inspected' in value) return value.inspected;
    if (!types.isArrayBuffer(value)) return value;
    const copy = this.#realm.makeBuffer(value.byteLength);
    new Uint8Array(copy).set(new Uint8Array(value));
    return copy;
  }
}

function moveOut(value: unknown): unknown {
  return types.isArrayBuffer(value) ? new Uint8Array(value).slice().buffer : value;
}

/** The script has lines before the bundle's first. */
function mapOfScript(sourceMap: string): string {
  const map = JSON.parse(sourceMap) as { mappings?: string };
  const shifted = { ...map, mappings: ';'.repeat(SCRIPT_PREFIX_LINES) + (map.mappings ?? '') };
  return Buffer.from(JSON.stringify(shifted)).toString('base64');
}

function errorOfThisRealm(error: unknown): unknown {
  if (!types.isNativeError(error) || error instanceof Error) return error;
  const { name, message, stack } = error as Error;
  return Object.assign(new Error(message), { name, stack });
}
