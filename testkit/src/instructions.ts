/**
 * Counts the instructions that a process of Node runs while it takes what its sockets bring: a measure of a hot path that no
 * busy machine distorts, by Valgrind's Callgrind. Timers, and threads beside the first, are not in it. Valgrind shows every
 * program the same processor, so counts of one version of Node compare across machines.
 */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** V8 compiles and collects on the first thread, at the same points in each run. */
export const COUNTED_NODE_FLAGS = ['--predictable', '--no-node-snapshot'] as const;
const CALLGRIND_FLAGS = [
  '--tool=callgrind',
  '--instr-atstart=no',
  '--smc-check=all-non-file',
  '--toggle-collect=node::LibuvStreamWrap::OnUvRead*',
  '--callgrind-out-file=/dev/null',
] as const;
const STORED_WITH = 'valgrind-3.19.0';
const MOST_CHANGE = 0.05;
const WARM_UP_CALLS = 16_000;
const SPAN_CALLS = 320;
const SPANS = 21;
const PROCESSES = 3;
const FIRST_THREAD = /Th 1\s+([\d,]+)/;

/** Why instructions cannot be counted on this machine as the stored ones were; null: they can. */
export function whyUncounted(): string | null {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'the stored counts are of Linux on x64';
  // Without an environment, as cells are started: it is found where the system keeps programs.
  const { stdout, error } = spawnSync('valgrind', ['--version'], { env: {}, encoding: 'utf8' });
  if (error !== undefined) return `Valgrind does not run here: ${error.message}`;
  const said = stdout.trim();
  return said === STORED_WITH ? null : `the stored counts are of ${STORED_WITH}; here is ${said}`;
}

/** The command line that runs `command` so that it can be counted. */
export function countedCommand(command: readonly string[]): readonly [string, ...string[]] {
  return ['valgrind', ...CALLGRIND_FLAGS, ...command];
}

/**
 * Instructions per call of a process that was started by `countedCommand`. `callAll` makes `calls` calls. First so many are made
 * that V8 has compiled what they use. Then they are counted in many spans, of which the lower quartile is taken: what
 * rises above it is a garbage collection, or code compiled anew.
 */
export async function countPerCall(
  pid: number,
  { calls, callAll }: { readonly calls: number; readonly callAll: () => Promise<void> },
): Promise<number> {
  for (let done = 0; done < WARM_UP_CALLS; done += calls) await callAll();
  await control(pid, '--instr=on');
  const spans: number[] = [];
  while (spans.length < SPANS) {
    await control(pid, '--zero');
    for (let done = 0; done < SPAN_CALLS; done += calls) await callAll();
    spans.push((await instructionsOf(pid)) / SPAN_CALLS);
  }
  // The first one translates the code for the count.
  return spans.slice(1).toSorted((a, b) => a - b)[Math.floor(SPANS / 4)]!;
}

/**
 * Of up to three processes the count that is closest to the stored one; no other is started once one is within a twentieth. V8
 * settles on one of several states of the optimised code, by when calls came while it compiled: the same code was counted 10 % apart
 * in processes beside much other work. What makes the code slower, or faster, makes each of them so.
 */
export async function closestCount(stored: number, countProcess: () => Promise<number>): Promise<number> {
  let closest = Infinity;
  for (let process = 0; process < PROCESSES && changeOf(stored, closest) !== null; process++) {
    const counted = await countProcess();
    if (Math.abs(counted - stored) < Math.abs(closest - stored)) closest = counted;
  }
  return closest;
}

/** What to say of a count that differs from the stored one by more than a twentieth; null: it does not. */
export function changeOf(stored: number, counted: number): string | null {
  const change = counted / stored - 1;
  if (Math.abs(change) <= MOST_CHANGE) return null;
  const [now, percent] = [Math.round(counted), (Math.abs(change) * 100).toFixed(1)];
  return change > 0
    ? `a call takes ${now} instructions, ${percent} % more than the ${stored} that are stored: what made it slower?`
    : `a call takes ${now} instructions, ${percent} % fewer than the ${stored} that are stored: store the new count`;
}

/** Of its first thread, since they were counted from zero. */
async function instructionsOf(pid: number): Promise<number> {
  const said = await control(pid, '-e');
  const [, counted] = FIRST_THREAD.exec(said) ?? [];
  if (counted === undefined) throw new Error(`callgrind_control says nothing of the first thread: ${said}`);
  return Number(counted.replaceAll(',', ''));
}

async function control(pid: number, command: string): Promise<string> {
  const { stdout } = await run('callgrind_control', [command, String(pid)]);
  return stdout;
}
