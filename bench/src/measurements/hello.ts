/** Requests per second and latency of `hello`, for the platform and for what it is compared with, interleaved. */
import { z } from 'zod';
import type { Bench } from '../bench.ts';
import { type Contender, CONTENDER_TITLES, type ContenderName, CONTENDERS } from '../contenders/contender.ts';
import { type Missing, missingUnlessOurs, startContenders } from '../contenders/start.ts';
import type { Load, LoadResult } from '../load/load-generator.ts';
import type { BarChart, ChartBar } from '../report/bar-chart.ts';
import { atLeast, atMost } from '../report/bars.ts';
import { showMs, showRate, showRatio } from '../report/figures.ts';
import type { Table } from '../report/table.ts';
import { inRound } from '../rounds.ts';
import { medianRatio } from '../statistics.ts';
import { type Run, runSchema, type Summary, summarizeRuns, summarySchema } from './hello-summary.ts';
import { defineMeasurement } from './measurement.ts';

const CONNECTIONS = [1, 64, 256] as const;
/** What bars and charts are of. */
const COMPARED = 64;
const WARM_UP_CONNECTIONS = 64;

const schema = z.strictObject({
  secondsPerRun: z.number(),
  /** Contenders that could not be started, and why. */
  missing: z.array(z.strictObject({ contender: z.enum(CONTENDERS), reason: z.string() })),
  summary: z.array(summarySchema),
  runs: z.array(runSchema),
});

export const hello = defineMeasurement({
  name: 'hello',
  schema,
  async measure(bench) {
    await using started = await startContenders(bench);
    const field: Field = { running: new Set(started.contenders), missing: [...started.missing] };
    const { rounds, seconds } = bench.settings.hello;
    await warmUp(field, bench);
    const runs: Run[] = [];
    for (const connections of CONNECTIONS) {
      for (let round = 1; round <= rounds; round++) {
        bench.say(`hello: connections ${connections}, round ${round} of ${rounds}`);
        runs.push(...(await measureRound(field, { connections, round }, bench)));
      }
    }
    return { secondsPerRun: seconds, missing: field.missing, summary: summarizeRuns(runs), runs };
  },
  tables: ({ summary, missing }) => {
    const reasons = missing.map(({ contender, reason }) => `Without ${contender}: ${reason}`);
    return [...Map.groupBy(summary, ({ connections }) => connections)].map(([connections, lines]) =>
      helloTable(connections, lines, reasons),
    );
  },
  bars: ({ summary, runs }) => {
    const line = summary.find(({ contender, connections }) => contender === 'sovfn' && connections === COMPARED);
    const unloaded = ratioTo('nats', runs, { connections: 1, valueOf: ({ p50Ms }) => p50Ms });
    const p99 = ratioTo('workerd', runs, { connections: COMPARED, valueOf: ({ p99Ms }) => p99Ms });
    const ratio = { show: showRatio };
    return [
      atLeast('hello, 64 connections, requests/s ÷ workerd', { bar: 1.2, aim: 1.8, ...ratio }, line?.toWorkerd ?? null),
      atLeast('hello, 64 connections, requests/s ÷ Koa alone', { bar: 0.5, aim: 0.7, ...ratio }, line?.toKoa ?? null),
      atMost('hello, 1 connection, p50 ÷ a round trip on NATS', { bar: 2, aim: 1.3, ...ratio }, unloaded),
      atMost("hello, 64 connections, p99 ÷ workerd's", { bar: 0.5, aim: 0.2, ...ratio }, p99),
    ];
  },
  charts: ({ summary }) => {
    const lines = summary.filter(({ connections, contender }) => connections === COMPARED && contender !== 'nats');
    const chart = (name: string, title: string, barOf: (line: Summary) => ChartBar): BarChart => ({
      ...{ name, title, series: [title] },
      groups: lines.map((line) => ({
        label: CONTENDER_TITLES[line.contender],
        bars: [barOf(line)],
        isOurs: line.contender === 'sovfn',
      })),
    });
    return [
      chart('hello-rate', 'Hello, 64 connections: requests per second', ({ requestsPerSecond }) => ({
        ...{ value: requestsPerSecond, text: showRate(requestsPerSecond) },
      })),
      chart('hello-p99', 'Hello, 64 connections: p99 of the latency', ({ p99Ms }) => ({
        ...{ value: p99Ms, text: showMs(p99Ms) },
      })),
    ];
  },
});

interface Compared {
  readonly connections: number;
  readonly valueOf: (run: Run) => number;
}

function ratioTo(other: ContenderName, runs: readonly Run[], { connections, valueOf }: Compared): number | null {
  const of = (name: ContenderName): Run[] =>
    runs.filter((run) => run.contender === name && run.connections === connections);
  return medianRatio(of('sovfn'), of(other), valueOf);
}

/** Who fails under load is noted in `missing` and left out from there on. */
interface Field {
  readonly running: Set<Contender>;
  readonly missing: Missing[];
}

async function warmUp(field: Field, bench: Bench): Promise<void> {
  bench.say('hello: warming up');
  const load = { connections: WARM_UP_CONNECTIONS, seconds: bench.settings.hello.warmUpSeconds, signal: bench.signal };
  for (const contender of field.running) await measureOne(contender, load, field, bench);
}

type Place = Pick<Run, 'connections' | 'round'>;

/** Each contender once. */
async function measureRound(field: Field, place: Place, bench: Bench): Promise<Run[]> {
  const load = { connections: place.connections, seconds: bench.settings.hello.seconds, signal: bench.signal };
  const runs: Run[] = [];
  for (const contender of inRound(place.round, [...field.running])) {
    const result = await measureOne(contender, load, field, bench);
    if (result !== null) runs.push({ contender: contender.name, ...place, ...result });
  }
  return runs;
}

async function measureOne(contender: Contender, load: Load, field: Field, bench: Bench): Promise<LoadResult | null> {
  try {
    return await contender.measure(load);
  } catch (error) {
    field.missing.push(missingUnlessOurs(contender.name, error, bench));
    field.running.delete(contender);
    return null;
  }
}

function helloTable(connections: number, lines: readonly Summary[], reasons: readonly string[]): Table {
  const failed = lines.filter(({ failures }) => failures > 0);
  return {
    title: `Hello, connections: ${connections}`,
    columns: ['', 'requests/s', 'p50', 'p99', 'to workerd', 'to Koa'],
    rows: lines.map((line) => [
      CONTENDER_TITLES[line.contender],
      showRate(line.requestsPerSecond),
      showMs(line.p50Ms),
      showMs(line.p99Ms),
      showRatio(line.toWorkerd),
      showRatio(line.toKoa),
    ]),
    notes: [
      ...reasons,
      ...failed.map((line) => `${CONTENDER_TITLES[line.contender]}: ${line.failures} requests failed.`),
    ],
  };
}
