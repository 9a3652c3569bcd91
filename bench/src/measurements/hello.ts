/** Requests per second and latency of `hello`, for the platform and for what it is compared with, interleaved. */
import { z } from 'zod';
import type { Bench } from '../bench.ts';
import { type Contender, CONTENDER_TITLES, CONTENDERS } from '../contenders/contender.ts';
import { startContenders } from '../contenders/start.ts';
import { showMs, showRate, showRatio } from '../report/figures.ts';
import type { Table } from '../report/table.ts';
import { type Run, runSchema, type Summary, summarizeRuns, summarySchema } from './hello-summary.ts';
import { defineMeasurement } from './measurement.ts';

const CONNECTIONS = [1, 64, 256] as const;
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
    const { contenders, missing } = started;
    const { rounds, seconds } = bench.settings.hello;
    await warmUp(contenders, bench);
    const runs: Run[] = [];
    for (const connections of CONNECTIONS) {
      for (let round = 1; round <= rounds; round++) {
        bench.say(`hello: connections ${connections}, round ${round} of ${rounds}`);
        runs.push(...(await measureRound(contenders, { connections, round }, bench)));
      }
    }
    return { secondsPerRun: seconds, missing: [...missing], summary: summarizeRuns(runs), runs };
  },
  tables: ({ summary, missing }) => {
    const reasons = missing.map(({ contender, reason }) => `Without ${contender}: ${reason}`);
    return [...Map.groupBy(summary, ({ connections }) => connections)].map(([connections, lines]) =>
      helloTable(connections, lines, reasons),
    );
  },
});

async function warmUp(contenders: readonly Contender[], { settings, signal, say }: Bench): Promise<void> {
  say('hello: warming up');
  const { warmUpSeconds: seconds } = settings.hello;
  for (const contender of contenders) await contender.measure({ connections: WARM_UP_CONNECTIONS, seconds, signal });
}

type Place = Pick<Run, 'connections' | 'round'>;

/** Each contender once; each round begins with another one, so that none always follows the same. */
async function measureRound(contenders: readonly Contender[], place: Place, bench: Bench): Promise<Run[]> {
  const load = { connections: place.connections, seconds: bench.settings.hello.seconds, signal: bench.signal };
  const first = place.round % contenders.length;
  const runs: Run[] = [];
  for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)]) {
    runs.push({ contender: contender.name, ...place, ...(await contender.measure(load)) });
  }
  return runs;
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
