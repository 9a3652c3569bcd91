/**
 * The prelude: what runs in each isolate before the function's code. The script it is bundled into evaluates to
 * `connect`, which the host calls once (see bridge/contract.ts).
 */
import type { GuestEntries } from '../bridge/contract.ts';
import { makeGlobalEventTarget } from './core/global-scope.guest.ts';
import { connectHost } from './core/host.guest.ts';
import { installGlobals } from './globals.guest.ts';
import { entries } from './handler/entries.guest.ts';
import { closeCodeGeneration } from './harden/code-generation.guest.ts';
import { closeUncountedMemory } from './harden/memory.guest.ts';
import { closeClocks } from './harden/time.guest.ts';

type Operation = (...args: unknown[]) => unknown;

export function connect(...operations: Operation[]): GuestEntries {
  connectHost(operations);
  closeCodeGeneration();
  closeUncountedMemory();
  closeClocks();
  makeGlobalEventTarget();
  installGlobals();
  return entries;
}
