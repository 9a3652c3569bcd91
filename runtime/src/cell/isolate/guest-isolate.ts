/**
 * One V8 isolate with the prelude in it: the mechanics of entering it and of being called by it.
 *
 * Side: host. Transport: `Reference.applySync` in, `ivm.Callback` out (see bridge/contract.ts).
 * Guarantees: each entry is cut at its time limit; every operation of the guest reaches the bound HostOperations with
 * primitives or ArrayBuffers that are copies; nothing of the host is reachable from the guest.
 * Not guaranteed: that a cut entry left the guest consistent (the caller must condemn the isolate), and that native
 * loops can be cut at all (the watch thread and the supervisor end the process then).
 */
import { setFlagsFromString } from 'node:v8';
import ivm from 'isolated-vm';
import { ENTRY_NAMES, type HostOperations, OPERATION_NAMES, PRELUDE_FILENAME } from '../../bridge/contract.ts';
import type { EntryArgument, EntryName, EntryResult, Guest, GuestMemory, GuestScript } from './guest.ts';
import { giveBackLeftovers } from './leftovers.ts';
import { SmallAnswers } from './small-answers.ts';
import { withTimeLimit } from './time-limit-threads.ts';

/** The prelude's script with V8's code cache of it, and its lazy parts. */
export interface Prelude {
  readonly source: string;
  /** One copy for all isolates of the cell: one for each left 190 KB in every isolate's share of the heap (measured). */
  readonly cache: ivm.ExternalCopy<ArrayBuffer> | null;
  readonly parts: Readonly<Record<string, string>>;
}

const MIB = 2 ** 20;
const DONE: EntryResult = { kind: 'done' };
const CUT: EntryResult = { kind: 'cut' };
const DISPOSED: EntryResult = { kind: 'disposed' };
/** V8 reads the name of a function of its own while the flag is set only: hence it is called, and so compiled, at once. */
const DRAIN = '(() => { const drain = () => { %PerformMicrotaskCheckpoint(); }; drain(); return drain; })()';
const PRELUDE_TIMEOUT_MS = 5_000;
/** Operations of one stay that cost no look at the clock. Ordinary entries make fewer. */
const UNWATCHED_OPERATIONS = 16;

export function makePrelude({ cache, ...texts }: Omit<Prelude, 'cache'> & { readonly cache: Buffer | null }): Prelude {
  return { ...texts, cache: cache === null ? null : copyOut(cache) };
}

export class GuestIsolate implements Guest {
  readonly memoryMb: number;
  readonly parts: Prelude['parts'];
  readonly #isolate: ivm.Isolate;
  readonly #context: ivm.Context;
  readonly #entries: ReadonlyMap<EntryName, ivm.Reference>;
  /** Null until a function moves in: a spare isolate has nothing to say. */
  #operations: HostOperations | null = null;
  readonly #answers = new SmallAnswers();
  #operationCount = 0;
  #deadline = Infinity;
  #isCutForGood = false;
  #collector: ivm.Reference | null = null;

  /** Makes an isolate and runs the prelude (1.5–5 ms). Throws when the prelude fails: a defect of ours. */
  constructor(prelude: Prelude, memoryMb: number) {
    this.memoryMb = memoryMb;
    this.parts = prelude.parts;
    this.#isolate = new ivm.Isolate({ memoryLimit: memoryMb });
    this.#context = this.#isolate.createContextSync();
    const script = this.#isolate.compileScriptSync(prelude.source, {
      filename: PRELUDE_FILENAME,
      ...(prelude.cache !== null && { cachedData: prelude.cache }),
    });
    const start: ivm.Reference = withTimeLimit(performance.now(), PRELUDE_TIMEOUT_MS, () =>
      script.runSync(this.#context, { reference: true, timeout: PRELUDE_TIMEOUT_MS }),
    );
    const memory = new ivm.ExternalCopy(this.#answers.memory).copyInto({ release: true });
    const entries: ivm.Reference = start.applySync(undefined, [...this.#callbacks(), memory], {
      result: { reference: true },
    });
    this.#entries = new Map(ENTRY_NAMES.map((name) => [name, entries.getSync(name, { reference: true })]));
    start.release();
    entries.release();
    script.release();
  }

  get isDisposed(): boolean {
    return this.#isolate.isDisposed;
  }

  /** The last stay was cut in an operation, which took the isolate with it. */
  get isCutForGood(): boolean {
    return this.#isCutForGood;
  }

  bind(operations: HostOperations): void {
    this.#operations = operations;
  }

  /**
   * Compiles and starts a bundle's script form. Returns a reference to what it evaluates to (a promise of the module)
   * for the entry `install`. Throws the guest's own error, or on `timeoutMs`.
   */
  runScript({ script: source, cache, scriptName: filename }: GuestScript, timeoutMs: number): ivm.Reference {
    const cachedData = cache === null ? null : copyOut(cache);
    const script = this.#isolate.compileScriptSync(source, { filename, ...(cachedData !== null && { cachedData }) });
    cachedData?.release();
    const startedAt = performance.now();
    this.#startStay(startedAt, timeoutMs);
    const module: ivm.Reference = withTimeLimit(startedAt, timeoutMs, () =>
      script.runSync(this.#context, { reference: true, timeout: timeoutMs }),
    );
    script.release();
    return module;
  }

  /** Enters the guest. Only from the top of the event loop, never from inside an operation. */
  enter(entry: EntryName, args: EntryArgument[], timeoutMs: number): EntryResult {
    const result = this.#enter(entry, args, timeoutMs);
    this.#takeAnswer();
    return result;
  }

  #enter(entry: EntryName, args: EntryArgument[], timeoutMs: number): EntryResult {
    const startedAt = performance.now();
    this.#startStay(startedAt, timeoutMs);
    try {
      withTimeLimit(startedAt, timeoutMs, () => {
        this.#entries.get(entry)!.applySync(undefined, args.map(moveIn), { timeout: timeoutMs });
      });
      return DONE;
    } catch (error) {
      if (this.#isCutForGood) return CUT;
      if (this.#isolate.isDisposed) return DISPOSED;
      if (performance.now() - startedAt >= timeoutMs) return CUT;
      return { kind: 'orphan', error };
    }
  }

  /** What the guest holds now: 11 µs. Nothing once disposed. */
  memory(): GuestMemory {
    if (this.#isolate.isDisposed) return { usedMb: 0, heldMb: 0 };
    const heap = this.#isolate.getHeapStatisticsSync();
    const external = heap.externally_allocated_size;
    return {
      usedMb: (heap.used_heap_size + external) / MIB,
      heldMb: (heap.total_physical_size + heap.malloced_memory + external) / MIB,
    };
  }

  /** Frees the buffers that the guest has let go of lately, of which V8 keeps up to 64 MiB. Not inside an operation. */
  collectYoung(): void {
    try {
      this.#collector ??= makeCollector(this.#isolate);
      this.#collector.applySync(undefined, [{ type: 'minor' }], { arguments: { copy: true } });
    } catch (error) {
      // Out of memory: the owner sees that the isolate is gone.
      if (!this.#isolate.isDisposed) throw error;
    }
  }

  giveBackLeftovers(): void {
    giveBackLeftovers(this.#isolate, this.#context, this.memoryMb);
  }

  /** V8's garbage collector, for the prelude alone. */
  makeCollector(): ivm.Reference {
    return makeCollector(this.#isolate);
  }

  /** Null in a V8 that has no such function, and when the isolate ends with it, out of memory: the next entry says so. */
  makeDrain(): ivm.Reference | null {
    setFlagsFromString('--allow-natives-syntax');
    try {
      return this.#isolate.compileScriptSync(DRAIN).runSync(this.#context, { reference: true });
    } catch (error) {
      if (error instanceof SyntaxError || this.#isolate.isDisposed) return null;
      throw error;
    } finally {
      setFlagsFromString('--no-allow-natives-syntax');
    }
  }

  dispose(): void {
    this.#operations = null;
    if (!this.#isolate.isDisposed) this.#isolate.dispose();
  }

  /** Before anything else is done for the guest: see bridge/small-answers.ts. */
  #takeAnswer(): void {
    if (this.#operations !== null) this.#answers.take(this.#operations);
  }

  #startStay(now: number, timeoutMs: number): void {
    this.#operationCount = 0;
    this.#deadline = now + timeoutMs;
  }

  /**
   * isolated-vm stops the clock of a time limit while an operation runs, so a loop of operations would stay for many
   * times its limit (measured: 4.7 s of 0.3). Only disposing ends the guest from here.
   */
  #cut(): void {
    this.#isCutForGood = true;
    this.#isolate.dispose();
  }

  #callbacks(): ivm.Callback[] {
    return OPERATION_NAMES.map((name) => {
      const forward = (...args: unknown[]): unknown => {
        const operations = this.#operations as Record<string, (...args: unknown[]) => unknown> | null;
        if (operations === null) throw new Error(`the isolate has no function yet (operation ${name})`);
        this.#takeAnswer();
        if (++this.#operationCount > UNWATCHED_OPERATIONS && performance.now() > this.#deadline) return this.#cut();
        return operations[name]!(...args);
      };
      return new ivm.Callback(forward);
    });
  }
}

/** An ArrayBuffer is handed over, not copied: the host has no use for it after the entry. */
function moveIn(value: EntryArgument): unknown {
  if (value instanceof ivm.Reference) return value.derefInto({ release: true });
  if (!(value instanceof ArrayBuffer)) return value;
  return new ivm.ExternalCopy(value, { transferOut: true }).copyInto({ release: true, transferIn: true });
}

/** V8 puts its collector into contexts that are made while the flag is set: into one of its own, never the guest's. */
export function makeCollector(isolate: ivm.Isolate): ivm.Reference {
  setFlagsFromString('--expose-gc');
  const context = isolate.createContextSync();
  setFlagsFromString('--no-expose-gc');
  return context.global.getSync('gc', { reference: true });
}

function copyOut(bytes: Uint8Array): ivm.ExternalCopy<ArrayBuffer> {
  return new ivm.ExternalCopy(new Uint8Array(bytes).buffer, { transferOut: true });
}
