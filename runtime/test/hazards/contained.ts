/** What must hold of every hazard, whatever it does. */
import { readFile } from 'node:fs/promises';
import { type Outcome, PROBLEM_TYPE, problemSchema } from '@sovfn/protocol';
import { expect } from 'vitest';
import type { HazardWorld } from './hazard-world.ts';

/** How a hazard may end: `ok` with a body that has `says`, or one of the outcomes with a detail that has it. */
export interface Hazard {
  /** File under `programs/`, without its extension. */
  readonly program: string;
  /** More than one where it depends on the machine which limit is met first. */
  readonly outcomes: readonly (Outcome | 'broken-off')[];
  readonly says?: RegExp;
  readonly limits?: Readonly<Record<string, number>>;
}

/** Wall time is generous: a machine that does other things meanwhile gives a loop its CPU slowly. */
const LIMITS = { cpuMs: 200, wallMs: 15_000, memoryMb: 32, waitUntilMs: 500 };
/** An isolate's memory that the allocator keeps for the next one, and what the cell had not loaded before. MiB. */
const KEPT_MB = 128;
/** A prewarmed cell takes over in well under a second; the machine of a test may be busy. Milliseconds. */
const REPLACED_MS = 5_000;

/**
 * Runs the hazard: it ends as stated; a neighbour tenant is answered meanwhile; the next call of the same function works,
 * in a new cell where the old one died; memory comes back.
 */
export async function expectContained(world: HazardWorld, hazard: Hazard): Promise<void> {
  const { program, limits } = hazard;
  await world.deploy(program, { ...LIMITS, ...limits });
  expect(await world.hello(program)).toBe('hello');
  const pid = await world.cellPid(program);
  const rssMb = await residentMb(pid);

  const { result: ending, answers } = await world.neighbour.during(async () =>
    readEnding(await world.runHazard(program)),
  );
  const cells = JSON.stringify(await world.cellEntries(program));
  expect(hazard.outcomes, `${ending.text}\n${cells}`).toContain(ending.outcome);
  expect(ending.text).toMatch(hazard.says ?? /^/);
  expect(ending.text.length).toBeLessThan(64 * 1024);
  expect(new Set(answers)).toEqual(new Set(['hello']));

  const startedAt = performance.now();
  expect(await world.hello(program)).toBe('hello');
  if ((await world.cellPid(program)) !== pid) expect(performance.now() - startedAt).toBeLessThan(REPLACED_MS);
  const pidAfter = await world.cellPid(program);
  await expect.poll(() => residentMb(pidAfter), { timeout: 5_000 }).toBeLessThan(rssMb + KEPT_MB);
  // A cell of its own was this hazard's; the next one needs the memory.
  process.kill(pidAfter, 'SIGKILL');
}

interface Ending {
  readonly outcome: string;
  /** The body, or what the problem says. */
  readonly text: string;
}

/** The body of a stream is read, not kept: it may be without end. */
async function readEnding(response: Response): Promise<Ending> {
  if (response.headers.get('content-type') === PROBLEM_TYPE) {
    const text = await response.text();
    return { outcome: problemSchema.parse(JSON.parse(text)).outcome ?? '', text };
  }
  let text = '';
  try {
    for await (const piece of response.body ?? [])
      text = text.length < 1_000 ? text + Buffer.from(piece).toString() : text;
    return { outcome: 'ok', text };
  } catch {
    // The gateway cuts the connection: there is no other way to say that a body is not whole.
    return { outcome: 'broken-off', text };
  }
}

async function residentMb(pid: number): Promise<number> {
  const pages = Number((await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ')[1]);
  return (pages * 4_096) / 2 ** 20;
}
