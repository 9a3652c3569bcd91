/** What is done to a platform while events are in flight. Every fault is over when its promise resolves. */
import type { TestPlatform } from '@sovfn/testkit';
import type { PartName } from 'sovfn/platform';
import { cellPids } from '../test/processes.ts';

export const FAULTS = ['gateway', 'bus', 'store', 'node', 'cell'] as const;
export type Fault = (typeof FAULTS)[number];

/** Kills with SIGKILL, and waits until the platform has started the part again. */
export async function inflict(platform: TestPlatform, fault: Fault): Promise<void> {
  if (fault === 'cell') return killCells(platform);
  await killPart(platform, fault);
}

async function killPart(platform: TestPlatform, part: PartName): Promise<void> {
  const back = platform.untilPart(part, 'ready');
  process.kill(platform.pids.get(part)!, 'SIGKILL');
  await back;
}

async function killCells(platform: TestPlatform): Promise<void> {
  for (const pid of await cellPids(platform)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself in the meantime.
    }
  }
}
