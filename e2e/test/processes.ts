/** Processes of a platform under test, seen from outside. Linux only, as the tests are. */
import { readFile } from 'node:fs/promises';
import type { TestPlatform } from '@sovfn/testkit';

/** Pids of the node's cells that serve a tenant or wait for one. */
export async function cellPids(platform: TestPlatform): Promise<number[]> {
  const node = platform.pids.get('node')!;
  const children = (await readFile(`/proc/${node}/task/${node}/children`, 'utf8')).trim().split(' ');
  const pids: number[] = [];
  for (const pid of children.filter((text) => text !== '').map(Number)) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (/\bcell\b/.test(command)) pids.push(pid);
  }
  return pids;
}

/** Resident memory in MiB. */
export async function residentMb(pid: number): Promise<number> {
  const pages = Number((await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ')[1]);
  return (pages * 4_096) / 2 ** 20;
}

/** Follows the highest resident memory of processes until `stop`. */
export function watchMemory(pids: readonly number[]): { stop: () => Promise<number[]> } {
  const highest = pids.map(() => 0);
  const look = async (): Promise<void> => {
    for (const [index, pid] of pids.entries()) highest[index] = Math.max(highest[index]!, await residentMb(pid));
  };
  let running: Promise<void> = look();
  const timer = setInterval(() => {
    running = running.then(look);
  }, 20);
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
      return highest;
    },
  };
}
