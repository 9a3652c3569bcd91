import { execFileSync } from 'node:child_process';
import { arch, availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { z } from 'zod';
import { ROOT } from './paths.ts';

const GIT_MS = 10_000;

export const machineSchema = z.strictObject({
  platform: z.string(),
  arch: z.string(),
  kernel: z.string(),
  cpu: z.string(),
  cpus: z.int(),
  memoryBytes: z.int(),
  node: z.string(),
  /** Processes that wanted a processor in the minute before: near 0 on a machine that is fit for measuring. */
  loadBefore: z.number(),
});
export type Machine = z.output<typeof machineSchema>;

export function describeMachine(): Machine {
  return {
    platform: platform(),
    arch: arch(),
    kernel: release(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    node: process.versions.node,
    loadBefore: loadavg()[0]!,
  };
}

/** Other programs take so much of the machine that figures say nothing. */
export function isBusy({ loadBefore, cpus: count }: Machine): boolean {
  return loadBefore > count / 4;
}

/** For file names; nothing of the machine's own name. */
export function machineSlug(machine: Machine): string {
  return `${machine.platform}-${machine.arch}-${machine.cpus}cpu`;
}

/** What was measured: the commit, and whether files differ from it. Null outside a git checkout. */
export function readCommit(): string | null {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', timeout: GIT_MS, stdio: ['ignore', 'pipe', 'ignore'] });
    const commit = git('rev-parse', '--short=12', 'HEAD').trim();
    return git('status', '--porcelain', '--untracked-files=no').trim() === '' ? commit : `${commit} with changes`;
  } catch {
    // No git, or no checkout: the result then does not name a commit.
    return null;
  }
}
