/** What a platform that was killed left running: its record names the processes, and they are ended before the next start. */
import { setTimeout as delay } from 'node:timers/promises';
import { SovfnError } from '@sovfn/protocol';
import type { DataFolder } from './data-folder.ts';
import { inEndingOrder } from './layout.ts';
import { isPartRunning, type PartRecord, readRecord, removeRecord } from './record.ts';

const GRACE_MS = 10_000;
/** After SIGKILL only the kernel delays the end. Milliseconds. */
const KILL_MS = 5_000;
const POLL_MS = 25;

/**
 * Ends the processes that the record names and that still are what it names. The caller holds the folder's lock.
 * @returns the parts that were ended
 */
export async function endOrphans(folder: DataFolder): Promise<PartRecord[]> {
  const record = readRecord(folder);
  if (record === null) return [];
  const ended: PartRecord[] = [];
  for (const name of inEndingOrder(record.parts.map((part) => part.name)).flat()) {
    const part = record.parts.find((candidate) => candidate.name === name);
    if (part === undefined || !isPartRunning(part)) continue;
    await endPart(part);
    ended.push(part);
  }
  removeRecord(folder);
  return ended;
}

async function endPart(part: PartRecord): Promise<void> {
  if (await endBySignal(part, 'SIGTERM', GRACE_MS)) return;
  if (await endBySignal(part, 'SIGKILL', KILL_MS)) return;
  const text = `process ${part.process.pid}, the ${part.name} of the platform that ran here before, does not end`;
  throw new SovfnError('part-failed', text, { hint: 'It hangs in the kernel: restart the machine.' });
}

async function endBySignal(part: PartRecord, signal: NodeJS.Signals, limitMs: number): Promise<boolean> {
  const giveUpAt = performance.now() + limitMs;
  try {
    process.kill(part.process.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return true;
    throw error;
  }
  while (isPartRunning(part)) {
    if (performance.now() > giveUpAt) return false;
    await delay(POLL_MS);
  }
  return true;
}
