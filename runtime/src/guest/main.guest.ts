/**
 * The prelude: what runs in each isolate before the function's code. The script it is bundled into evaluates to
 * `connect`, which the host calls once (see bridge/contract.ts).
 */
import { type GuestEntries, OPERATION_NAMES } from '../bridge/contract.ts';
import { makeGlobalEventTarget } from './core/global-scope.guest.ts';
import { connectHost } from './core/host.guest.ts';
import { openSmallAnswers } from './core/small-answers.guest.ts';
import { installGlobals } from './globals.guest.ts';
import { entries } from './handler/entries.guest.ts';
import { closeCodeGeneration } from './harden/code-generation.guest.ts';
import { closeUncountedMemory } from './harden/memory.guest.ts';
import { closeClocks } from './harden/time.guest.ts';

type Operation = (...args: unknown[]) => unknown;

/** Behind the operations comes the memory for small answers, if the host has any. */
export function connect(...given: readonly (Operation | SharedArrayBuffer)[]): GuestEntries {
  connectHost(given as readonly Operation[]);
  openSmallAnswers(given[OPERATION_NAMES.length] as SharedArrayBuffer | undefined);
  closeCodeGeneration();
  closeUncountedMemory();
  closeClocks();
  makeGlobalEventTarget();
  installGlobals();
  return entries;
}
