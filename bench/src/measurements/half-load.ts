/** Latency where there is room: half of what the platform can answer, asked at a steady rate of it and of workerd. */
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Bench } from '../bench.ts';
import { type Contender, CONTENDER_TITLES, CONTENDERS } from '../contenders/contender.ts';
import { startContenders } from '../contenders/start.ts';
import { type LoadResult, loadResultSchema } from '../load/load-generator.ts';
import { runProgram } from '../processes/run-program.ts';
import { atMost } from '../report/bars.ts';
import { showMs, showRate, showRatio } from '../report/figures.ts';
import { median, medianRatio } from '../statistics.ts';
import { defineMeasurement } from './measurement.ts';

const CALLER = fileURLToPath(new URL('../programs/steady-caller.ts', import.meta.url));
/** At which the most is found. */
const CONNECTIONS_FOR_MOST = 64;
/** More than are ever on their way, unless answers fall behind. */
const CONNECTIONS = 256;
/** For starting, for the seconds that do not count, and for the last answers. Milliseconds. */
const GRACE_MS = 30_000;

const runSchema = z.strictObject({
  contender: z.enum(CONTENDERS),
  round: z.int(),
  /** Half of the platform's own most in this round. */
  askedPerSecond: z.number(),
  ...loadResultSchema.shape,
});
const schema = z.strictObject({
  runs: z.array(runSchema),
  missing: z.array(z.strictObject({ contender: z.enum(CONTENDERS), reason: z.string() })),
});
type Run = z.output<typeof runSchema>;

export const halfLoad = defineMeasurement({
  name: 'half-load',
  schema,
  async measure(bench) {
    await using started = await startContenders(bench, ['sovfn', 'workerd']);
    const { contenders, missing } = started;
    const { rounds, seconds } = bench.settings.halfLoad;
    const most = { connections: CONNECTIONS_FOR_MOST, seconds, signal: bench.signal };
    for (const contender of contenders) await contender.measure(most);
    const runs: Run[] = [];
    for (let round = 1; round <= rounds; round++) {
      bench.say(`half-load: round ${round} of ${rounds}`);
      const { requestsPerSecond } = await contenders[0]!.measure(most);
      const askedPerSecond = Math.round(requestsPerSecond / 2);
      for (const contender of round % 2 === 0 ? contenders.toReversed() : contenders) {
        const result = await callSteadily(contender, { perSecond: askedPerSecond, seconds }, bench);
        runs.push({ contender: contender.name, round, askedPerSecond, ...result });
      }
    }
    return { runs, missing: [...missing] };
  },
  tables: ({ runs, missing }) => [
    {
      title: 'Hello, at half of what the platform can answer',
      columns: ['', 'asked/s', 'answered/s', 'p50', 'p99', 'p99 to workerd'],
      rows: [...Map.groupBy(runs, ({ contender }) => contender)].map(([contender, own]) => [
        CONTENDER_TITLES[contender],
        showRate(median(own.map((run) => run.askedPerSecond))),
        showRate(median(own.map((run) => run.requestsPerSecond))),
        showMs(median(own.map((run) => run.p50Ms))),
        showMs(median(own.map((run) => run.p99Ms))),
        showRatio(p99Ratio(own, runs)),
      ]),
      notes: [
        ...missing.map(({ contender, reason }) => `Without ${contender}: ${reason}`),
        ...(runs.some(({ failures }) => failures > 0) ? ['Some requests failed: do not trust these figures.'] : []),
      ],
    },
  ],
  bars: ({ runs }) => {
    const own = runs.filter(({ contender }) => contender === 'sovfn');
    const goal = { bar: 2, aim: 1.2, show: showRatio };
    return [atMost("p99 at half of its own maximum ÷ workerd's at the same rate", goal, p99Ratio(own, runs))];
  },
});

function p99Ratio(own: readonly Run[], all: readonly Run[]): number | null {
  const workerd = all.filter(({ contender }) => contender === 'workerd');
  return medianRatio(own, workerd, ({ p99Ms }) => p99Ms);
}

async function callSteadily(
  { name, url }: Contender,
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
  { signal }: Bench,
): Promise<LoadResult> {
  if (url === null) throw new Error(`${name} does not speak HTTP`);
  const args = [CALLER, url, ...[perSecond, CONNECTIONS, seconds].map(String)];
  const report = await runProgram(process.execPath, args, { limitMs: seconds * 1_000 + GRACE_MS, signal });
  return loadResultSchema.parse(JSON.parse(report));
}
