import { readdir } from 'node:fs/promises';
import type { Samples } from './samples.ts';

const US_PER_S = 1_000_000;
const STARTED_AT_S = Math.round((Date.now() - process.uptime() * 1_000) / 1_000);

/** This process, under the names that dashboards for Node know. */
export async function addProcess(to: Samples): Promise<void> {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, heapTotal } = process.memoryUsage();
  to.add('process_cpu_seconds_total', [], (user + system) / US_PER_S);
  to.add('process_resident_memory_bytes', [], rss);
  to.add('process_start_time_seconds', [], STARTED_AT_S);
  to.add('nodejs_heap_size_used_bytes', [], heapUsed);
  to.add('nodejs_heap_size_total_bytes', [], heapTotal);
  const open = await countOpenFiles();
  if (open !== null) to.add('process_open_fds', [], open);
}

/** Null where the system does not say. */
async function countOpenFiles(): Promise<number | null> {
  try {
    return (await readdir('/proc/self/fd')).length;
  } catch {
    return null;
  }
}
