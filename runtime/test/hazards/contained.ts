/** What must hold of every hazard, whatever it does. */
import { expect } from 'vitest';
import { type Hazard, limitsOf } from './corpus.ts';
import { readEnding } from './ending.ts';
import { type HazardWorld, residentMb } from './hazard-world.ts';

/**
 * What the allocator keeps for the next isolate: at most the limit of 128, what a hazard took between two looks at it, and what the
 * cell had not loaded before. MiB.
 */
const KEPT_MB = 128 + 48;
/** A prewarmed cell takes over in well under a second; the machine of a test may be busy. Milliseconds. */
const REPLACED_MS = 5_000;

/**
 * Runs the hazard: it ends as stated; a neighbour tenant is answered meanwhile; the next call of the same function works,
 * in a new cell where the old one died; memory comes back.
 */
export async function expectContained(world: HazardWorld, hazard: Hazard): Promise<void> {
  const { program } = hazard;
  await world.deploy(program, limitsOf(hazard));
  expect(await world.hello(program)).toBe('hello');
  const pid = await world.cellPid(program);
  const rssMb = await residentMb(pid);

  const { result: ending, answers } = await world.neighbour.during(async () =>
    readEnding(await world.runHazard(program)),
  );
  const cells = JSON.stringify(await world.cellEntries(program));
  expect(outcomesOf(hazard), `${ending.text}\n${cells}`).toContain(ending.outcome);
  if (ending.outcome !== 'node-overloaded') expect(ending.text).toMatch(hazard.says ?? /^/);
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

/** What would use up its CPU is stopped as surely on a machine that becomes too busy meanwhile to give it any. */
function outcomesOf({ outcomes }: Hazard): readonly string[] {
  return outcomes.includes('exceeded-cpu') ? [...outcomes, 'node-overloaded'] : outcomes;
}
