/** What a neighbour tenant notices of a hazard, and how fast the hazard's own function works again. */
import type { Hazard } from '../corpus.ts';
import { limitsOf } from '../corpus.ts';
import { readEnding } from '../ending.ts';
import type { Caller } from './caller.ts';
import { type HazardWorld, residentMb } from '../hazard-world.ts';

export interface Measured {
  readonly program: string;
  /** How its calls ended, in the order in which that was first seen. */
  readonly outcomes: readonly string[];
  readonly calls: number;
  /** Of the neighbour's calls: before and after the hazard, and during it. Milliseconds. */
  readonly alone: Times;
  readonly during: Times;
  /** From the end of the last hazard to an answer of its function, when its cell had died; null: it lives. */
  readonly replacedMs: number | null;
  readonly rssBeforeMb: number;
  readonly rssAfterMb: number;
}

export interface Times {
  readonly calls: number;
  readonly p50: number;
  readonly p99: number;
}

/** The hazard is called again and again for this long, so that there are enough calls of the neighbour to tell its p99. */
const HAZARD_MS = 3_000;
/** Before the hazard, and once more after it. */
const ALONE_MS = 1_500;
/** A garbage collector may take this long to give memory back. */
const SETTLED_MS = 700;

export async function measureHazard(world: HazardWorld, neighbour: Caller, hazard: Hazard): Promise<Measured> {
  const { program } = hazard;
  await world.deploy(program, limitsOf(hazard));
  await world.hello(program);
  const pid = await world.cellPid(program);
  const rssBeforeMb = await residentMb(pid);
  const alone = await neighbour.during(() => sleep(ALONE_MS));
  const outcomes = new Set<string>();
  let calls = 0;
  const during = await neighbour.during(async () => {
    for (const until = performance.now() + HAZARD_MS; performance.now() < until; calls++) {
      outcomes.add((await readEnding(await world.runHazard(program))).outcome);
    }
  });
  const endedAt = performance.now();
  await untilHello(world, program);
  const tookMs = performance.now() - endedAt;
  const pidAfter = await world.cellPid(program);
  await sleep(SETTLED_MS);
  alone.push(...(await neighbour.during(() => sleep(ALONE_MS))));
  const rssAfterMb = await residentMb(pidAfter);
  process.kill(pidAfter, 'SIGKILL');
  const replacedMs = pidAfter === pid ? null : tookMs;
  return {
    ...{ program, outcomes: [...outcomes], calls, replacedMs, rssBeforeMb, rssAfterMb },
    ...{ alone: timesOf(alone), during: timesOf(during) },
  };
}

async function untilHello(world: HazardWorld, program: string): Promise<void> {
  // A tenant whose cells crash again and again waits before it gets the next one: that is not what is measured here.
  for (let tries = 0; tries < 100; tries++) {
    const answer = await world.hello(program).catch(() => null);
    if (answer === 'hello') return;
    await sleep(100);
  }
  throw new Error(`${program} does not answer any more`);
}

function timesOf(took: readonly number[]): Times {
  const times = took.toSorted((a, b) => a - b);
  const part = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))]!;
  return { calls: times.length, p50: part(0.5), p99: part(0.99) };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
