/** Where the time of one request goes: what each process of the platform uses for it, by the kernel's counts. */
import type { TestPlatform } from '@sovfn/testkit';
import { z } from 'zod';
import type { Bench } from '../bench.ts';
import { HELLO, HELLO_CONCURRENCY } from '../functions/sources.ts';
import { findCellPid } from '../processes/node-log.ts';
import { PROCESS_USES, type ProcessUse, readProcessUse } from '../processes/process-use.ts';
import { median } from '../statistics.ts';
import { EventsWorld } from './events-world.ts';
import { defineMeasurement } from './measurement.ts';

const PARTS = ['gateway', 'bus', 'cell', 'node', 'store'] as const;
type Part = (typeof PARTS)[number];
const TITLES: Readonly<Record<Part, string>> = {
  ...{ gateway: 'gateway', bus: 'nats-server', cell: 'cell', node: 'supervisor', store: 'MinIO' },
};
const WORK = ['hello, connections: 1', 'hello, connections: 64', 'event with its output'] as const;
type Work = (typeof WORK)[number];

const useSchema = z.strictObject({ cpuUs: z.number(), reads: z.number(), writes: z.number(), sleeps: z.number() });
const schema = z.strictObject({
  /** For one request or event, the median of the rounds; null where the kernel does not tell. */
  uses: z.array(z.strictObject({ work: z.enum(WORK), part: z.enum(PARTS), use: useSchema.nullable() })),
});
type Uses = z.output<typeof schema>['uses'];

export const budget = defineMeasurement({
  name: 'budget',
  schema,
  async measure(bench) {
    await using world = await EventsWorld.start();
    const { platform } = world;
    await platform.deploy({ name: 'hello', code: HELLO, config: { outputs: 'none', limits: HELLO_CONCURRENCY } });
    const { seconds } = bench.settings.budget;
    const uses: Uses = [];
    for (const connections of [1, 64]) {
      const call = async (): Promise<number> => {
        const url = `${platform.publicUrl}/fn/hello/`;
        const { requestsPerSecond } = await bench.load.run(url, { connections, seconds, signal: bench.signal });
        return requestsPerSecond * seconds;
      };
      uses.push(...(await usesOf(connections === 1 ? WORK[0] : WORK[1], platform, call, bench)));
    }
    const run = async (): Promise<number> => {
      const { requestsPerSecond } = await world.sendWebhooks('running', 16, seconds);
      await world.untilNonePends('running', bench.signal);
      return requestsPerSecond * seconds;
    };
    return { uses: [...uses, ...(await usesOf(WORK[2], platform, run, bench))] };
  },
  tables: ({ uses }) =>
    WORK.map((work) => ({
      title: `What one ${work} uses`,
      columns: ['', 'CPU', 'reads', 'writes', 'sleeps'],
      rows: [...linesOf(uses, work), totalOf(uses, work)],
      notes: [],
    })),
});

/** `work` is done once to warm up. */
async function usesOf(work: Work, platform: TestPlatform, run: () => Promise<number>, bench: Bench): Promise<Uses> {
  await run();
  const cell = await findCellPid(platform, work === WORK[2] ? 'running' : 'hello', bench.signal);
  const pidOf = (part: Part): number => (part === 'cell' ? cell : platform.pids.get(part)!);
  const pids = new Map(PARTS.map((part) => [part, pidOf(part)]));
  const rounds: Map<Part, ProcessUse | null>[] = [];
  for (let round = 1; round <= bench.settings.budget.rounds; round++) {
    bench.say(`budget: ${work}, round ${round} of ${bench.settings.budget.rounds}`);
    const before = readAll(pids);
    const count = await run();
    const after = readAll(pids);
    rounds.push(new Map(PARTS.map((part) => [part, perOne(before.get(part)!, after.get(part)!, count)])));
  }
  return PARTS.map((part) => ({ work, part, use: medianOf(rounds.map((round) => round.get(part)!)) }));
}

function readAll(pids: ReadonlyMap<Part, number>): Map<Part, ProcessUse | null> {
  return new Map(PARTS.map((part) => [part, readProcessUse(pids.get(part)!)]));
}

function perOne(before: ProcessUse | null, after: ProcessUse | null, count: number): ProcessUse | null {
  if (before === null || after === null) return null;
  return useOf((key) => (after[key] - before[key]) / count);
}

function medianOf(uses: readonly (ProcessUse | null)[]): ProcessUse | null {
  const known = uses.filter((use) => use !== null);
  return known.length === 0 ? null : useOf((key) => median(known.map((use) => use[key])));
}

function useOf(valueOf: (key: keyof ProcessUse) => number): ProcessUse {
  return Object.fromEntries(PROCESS_USES.map((key) => [key, valueOf(key)])) as unknown as ProcessUse;
}

function linesOf(uses: Uses, work: Work): string[][] {
  return uses
    .filter((line) => line.work === work)
    .map(({ part, use }) => [TITLES[part], ...(use === null ? ['–', '–', '–', '–'] : showUse(use))]);
}

function totalOf(uses: Uses, work: Work): string[] {
  const known = uses.flatMap((line) => (line.work === work && line.use !== null ? [line.use] : []));
  return ['all', ...showUse(useOf((key) => known.reduce((sum, use) => sum + use[key], 0)))];
}

function showUse({ cpuUs, reads, writes, sleeps }: ProcessUse): string[] {
  return [`${Math.round(cpuUs)} µs`, reads.toFixed(2), writes.toFixed(2), sleeps.toFixed(2)];
}
