/** Functions that do something, beside workerd and plain Node with the same bundle: what the isolate and the way to it cost then. */
import { join } from 'node:path';
import { buildFunction } from '@sovfn/builder';
import { startPlatform } from '@sovfn/testkit';
import { z } from 'zod';
import type { Bench } from '../bench.ts';
import { serveModule } from '../contenders/runtimes.ts';
import { describeError } from '../describe-error.ts';
import type { LoadResult } from '../load/load-generator.ts';
import { ROOT } from '../paths.ts';
import { atLeast } from '../report/bars.ts';
import { showMs, showRate, showRatio } from '../report/figures.ts';
import { inRound } from '../rounds.ts';
import { median, medianRatio } from '../statistics.ts';
import { defineMeasurement } from './measurement.ts';

const FOLDER = join(ROOT, 'bench/workloads');
const CONNECTIONS = 64;
const RUNTIMES = ['sovfn', 'workerd', 'node'] as const;
type Runtime = (typeof RUNTIMES)[number];

interface Workload {
  readonly title: string;
  readonly path: string;
  /** Bytes of the JSON text that is sent; null: nothing is. */
  readonly bodyBytes: number | null;
}
const FIBONACCI = 'fibonacci(22)';
const WORKLOADS: readonly Workload[] = [
  { title: 'JSON of 1 KB, read and sent back', path: 'echo', bodyBytes: 1_000 },
  { title: 'JSON of 100 KB, read and sent back', path: 'echo', bodyBytes: 100_000 },
  { title: FIBONACCI, path: 'fibonacci', bodyBytes: null },
  { title: 'parsing 5 KB of JSON', path: 'parse', bodyBytes: null },
  { title: 'the same, checked by Zod', path: 'validate', bodyBytes: null },
  { title: 'a page of 100 rows by Preact', path: 'page', bodyBytes: null },
];

const figures = { requestsPerSecond: z.number(), p50Ms: z.number(), p99Ms: z.number(), failures: z.int() };
const schema = z.strictObject({
  runs: z.array(z.strictObject({ workload: z.string(), runtime: z.enum(RUNTIMES), round: z.int(), ...figures })),
});
type Run = z.output<typeof schema>['runs'][number];

export const workloads = defineMeasurement({
  name: 'workloads',
  schema,
  async measure(bench) {
    await using undo = new AsyncDisposableStack();
    const urls = await startRuntimes(bench, undo);
    const { rounds, seconds } = bench.settings.workloads;
    const runs: Run[] = [];
    for (const { title, path, bodyBytes } of WORKLOADS) {
      const body = bodyBytes === null ? null : jsonOf(bodyBytes);
      const measure = async (runtime: Runtime): Promise<LoadResult> => {
        const load = { connections: CONNECTIONS, seconds, signal: bench.signal };
        return bench.load.run(`${urls.get(runtime)!}${path}`, body === null ? load : { ...load, body });
      };
      for (let round = 0; round <= rounds; round++) {
        bench.say(`workloads: ${title}, ${round === 0 ? 'warming up' : `round ${round} of ${rounds}`}`);
        for (const runtime of inRound(round, [...urls.keys()])) {
          const result = await measure(runtime);
          if (round > 0) runs.push({ workload: title, runtime, round, ...result });
        }
      }
    }
    return { runs };
  },
  tables: ({ runs }) => [
    {
      title: 'Functions that do something, connections: 64',
      columns: ['', 'requests/s', 'p50', 'p99', 'to workerd', 'to Node'],
      rows: [...Map.groupBy(runs, ({ workload }) => workload)].map(([title, group]) => lineOf(title, group)),
      notes: runs.some(({ failures }) => failures > 0) ? ['Some requests failed: do not trust these figures.'] : [],
    },
  ],
  bars: ({ runs }) => {
    const fibonacci = runs.filter(({ workload }) => workload === FIBONACCI);
    const own = fibonacci.filter(({ runtime }) => runtime === 'sovfn');
    const goal = { bar: 0.9, aim: 0.95, show: showRatio };
    return [atLeast('CPU-bound function (fibonacci), requests/s ÷ plain Node', goal, ratioOf(own, fibonacci, 'node'))];
  },
  charts: ({ runs }) => [
    {
      name: 'workloads',
      title: 'Functions that do something: requests/s of sovfn, to others with the same bundle',
      series: ['to workerd', 'to Node'],
      groups: [...Map.groupBy(runs, ({ workload }) => workload)].map(([label, group]) => ({
        label,
        bars: (['workerd', 'node'] as const).flatMap((other) => {
          const value = ratioOf(
            group.filter(({ runtime }) => runtime === 'sovfn'),
            group,
            other,
          );
          return value === null ? [] : [{ value, text: showRatio(value) }];
        }),
      })),
    },
  ],
});

/** Where each answers, with a slash at the end. What cannot be had on this machine is left out. */
async function startRuntimes(bench: Bench, undo: AsyncDisposableStack): Promise<Map<Runtime, string>> {
  const { bundle } = await buildFunction(FOLDER);
  const platform = undo.use(await startPlatform());
  await platform.deploy(FOLDER);
  const urls = new Map<Runtime, string>([['sovfn', `${platform.publicUrl}/fn/workloads/`]]);
  for (const runtime of ['workerd', 'node'] as const) {
    try {
      const { port } = await serveModule(runtime, bundle, undo);
      urls.set(runtime, `http://127.0.0.1:${port}/`);
    } catch (error) {
      bench.signal.throwIfAborted();
      bench.say(`workloads: without ${runtime}: ${describeError(error)}`);
    }
  }
  for (const [runtime, url] of urls) {
    const text = await (await fetch(`${url}fibonacci`, { signal: bench.signal })).text();
    if (text !== '17711') throw new Error(`${runtime} answers "${text.slice(0, 200)}" and not fibonacci(22)`);
  }
  return urls;
}

/** A list of objects, as an API would get it. */
function jsonOf(bytes: number): string {
  const entry = { name: 'Exemple SAS', amount: 12.5, tags: ['a', 'b'], isPaid: true };
  const count = Math.round(bytes / (JSON.stringify(entry).length + 1));
  return JSON.stringify(Array.from({ length: count }, () => entry));
}

function lineOf(title: string, runs: readonly Run[]): string[] {
  const own = runs.filter(({ runtime }) => runtime === 'sovfn');
  const medianOf = (key: 'requestsPerSecond' | 'p50Ms' | 'p99Ms'): number => median(own.map((run) => run[key]));
  const ratioTo = (other: Runtime): number | null => ratioOf(own, runs, other);
  return [
    title,
    showRate(medianOf('requestsPerSecond')),
    showMs(medianOf('p50Ms')),
    showMs(medianOf('p99Ms')),
    showRatio(ratioTo('workerd')),
    showRatio(ratioTo('node')),
  ];
}

function ratioOf(own: readonly Run[], all: readonly Run[], other: Runtime): number | null {
  const others = all.filter(({ runtime }) => runtime === other);
  return medianRatio(own, others, ({ requestsPerSecond }) => requestsPerSecond);
}
