import type ivm from 'isolated-vm';
import type { GuestEntries, HostOperations } from '../../bridge/contract.ts';

export type EntryName = keyof GuestEntries;
/** An object of the guest as its host holds it: nothing but something to give back to it. */
export type GuestReference = ivm.Reference | { readonly inspected: unknown };
export type EntryArgument = string | number | boolean | undefined | ArrayBuffer | GuestReference;

/**
 * How an entry ended. `cut`: at its time limit. `disposed`: V8 ended the isolate, out of memory. `orphan`: somebody's
 * rejected promise that nobody handled came out here; it belongs to the current call's log and fails nothing.
 */
export type EntryResult =
  | { readonly kind: 'done' }
  | { readonly kind: 'cut' }
  | { readonly kind: 'disposed' }
  | { readonly kind: 'orphan'; readonly error: unknown };

export interface GuestMemory {
  /** Its objects, garbage included, and its ArrayBuffers: what memoryMb bounds. MiB. */
  readonly usedMb: number;
  /** Resident memory of the process that it takes. MiB. */
  readonly heldMb: number;
}

/**
 * What a function runs in, with the prelude in it: an isolate (GuestIsolate), or on a developer's machine something that a
 * debugger can stop (InspectedGuest). Methods say what holds for both.
 */
export interface Guest {
  readonly memoryMb: number;
  /** Texts of the prelude's lazy parts. */
  readonly parts: Readonly<Record<string, string>>;
  readonly isDisposed: boolean;
  /** The last stay was cut in an operation, which took the guest with it. */
  readonly isCutForGood: boolean;
  bind(operations: HostOperations): void;
  /** Runs a bundle's script form; returns what it evaluates to. Throws the guest's own error, or on `timeoutMs`. */
  runScript(code: GuestScript, timeoutMs: number): GuestReference;
  /** Enters the guest. Only from the top of the event loop, never from inside an operation. */
  enter(entry: EntryName, args: EntryArgument[], timeoutMs: number): EntryResult;
  memory(): GuestMemory;
  collectYoung(): void;
  /** Frees what making it has left over. Only before a function's code is in it. */
  giveBackLeftovers(): void;
  /** V8's garbage collector, for the prelude alone. */
  makeCollector(): GuestReference;
  /** What runs V8's microtasks until none is left, for the prelude alone. Null: calls share no entry. */
  makeDrain(): GuestReference | null;
  dispose(): void;
}

export interface GuestScript {
  readonly script: string;
  readonly scriptName: string;
  readonly cache: Buffer | null;
  /** JSON; of the bundle, which is SCRIPT_PREFIX_LINES shorter than the script. */
  readonly sourceMap: string;
}
