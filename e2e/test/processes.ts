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

/** The most resident memory that a process has had since it started, MiB. */
export async function highestResidentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)![1]) / 1_024;
}
