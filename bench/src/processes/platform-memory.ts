/** Memory of a whole platform, by its processes, from outside. */
import { setTimeout as delay } from 'node:timers/promises';
import type { TestPlatform } from '@sovfn/testkit';
import { readChildren, readMemory } from './memory.ts';

const LOOK_MS = 250;
/** Memory has settled when it has hardly changed for this many looks; collections of garbage come late. */
const STEADY_LOOKS = 8;
const STEADY_PART = 0.01;
const SETTLED_MS = 20_000;

/** Of all parts but the object store, which one may have already: gateway, nats-server, supervisor, and what that has started. */
export function readPlatformBytes({ pids }: Pick<TestPlatform, 'pids'>): number {
  const supervisor = pids.get('node')!;
  const all = [pids.get('gateway')!, pids.get('bus')!, supervisor, ...(readChildren(supervisor) ?? [])];
  return all.reduce((sum, pid) => sum + readMemory(pid).bytes, 0);
}

/** Looks until `readBytes` hardly changes any more, at most SETTLED_MS. */
export async function readSettled(readBytes: () => number, signal: AbortSignal): Promise<number> {
  const giveUpAt = performance.now() + SETTLED_MS;
  let last = readBytes();
  for (let steady = 0; steady < STEADY_LOOKS && performance.now() < giveUpAt;) {
    await delay(LOOK_MS, undefined, { signal });
    const now = readBytes();
    steady = Math.abs(now - last) < last * STEADY_PART ? steady + 1 : 0;
    last = now;
  }
  return last;
}
