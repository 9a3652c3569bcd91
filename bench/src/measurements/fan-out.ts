/** A function that waits for others: each call fetches several addresses at once. The platform's fetch goes through its broker. */
import { startPlatform } from '@sovfn/testkit';
import { z } from 'zod';
import type { Bench } from '../bench.ts';
import { RUNTIMES, serveModule } from '../contenders/runtimes.ts';
import { describeError } from '../describe-error.ts';
import { FAN_OUT, FETCHES, HELLO_CONCURRENCY } from '../functions/sources.ts';
import { loadResultSchema } from '../load/load-generator.ts';
import { startProgram } from '../processes/server-process.ts';
import { showMs, showRate, showRatio } from '../report/figures.ts';
import { inRound } from '../rounds.ts';
import { median, medianRatio } from '../statistics.ts';
import { defineMeasurement } from './measurement.ts';

const CONNECTIONS = 16;
const NAMES = ['sovfn', ...RUNTIMES] as const;
type Name = (typeof NAMES)[number];
const TITLES: Readonly<Record<Name, string>> = {
  sovfn: 'sovfn, fetch by the broker',
  ...{ workerd: 'workerd', deno: 'Deno', bun: 'Bun', node: 'Node' },
};

const runSchema = z.strictObject({ name: z.enum(NAMES), round: z.int(), ...loadResultSchema.shape });
const schema = z.strictObject({
  fetches: z.int(),
  runs: z.array(runSchema),
  missing: z.array(z.strictObject({ name: z.enum(NAMES), reason: z.string() })),
});
type Result = z.output<typeof schema>;

export const fanOut = defineMeasurement({
  name: 'fan-out',
  schema,
  async measure(bench) {
    await using undo = new AsyncDisposableStack();
    const { port } = undo.use(await startProgram('node-http'));
    const { urls, missing } = await startAll(`http://127.0.0.1:${port}`, undo, bench);
    const { rounds, seconds } = bench.settings.fanOut;
    const runs: Result['runs'] = [];
    for (let round = 0; round <= rounds; round++) {
      bench.say(`fan-out: ${round === 0 ? 'warming up' : `round ${round} of ${rounds}`}`);
      for (const [name, url] of inRound(round, [...urls])) {
        const load = { connections: CONNECTIONS, seconds, signal: bench.signal };
        const result = await bench.load.run(url, load);
        if (round > 0) runs.push({ name, round, ...result });
      }
    }
    return { fetches: FETCHES, runs, missing };
  },
  tables: ({ fetches, runs, missing }) => [
    {
      title: `A function that fetches ${fetches} addresses at once, connections: ${CONNECTIONS}`,
      columns: ['', 'calls/s', 'p50', 'p99', 'to workerd', 'to Node'],
      rows: NAMES.flatMap((name) => {
        const own = runs.filter((run) => run.name === name);
        return own.length === 0 ? [] : [[TITLES[name], ...figuresOf(own, runs)]];
      }),
      notes: [
        ...missing.map(({ name, reason }) => `Without ${name}: ${reason}`),
        ...(runs.some(({ failures }) => failures > 0) ? ['Some requests failed: do not trust these figures.'] : []),
      ],
    },
  ],
});

type Running = { readonly urls: Map<Name, string>; readonly missing: Result['missing'] };

async function startAll(target: string, undo: AsyncDisposableStack, bench: Bench): Promise<Running> {
  const query = `?target=${target}/`;
  const platform = undo.use(await startPlatform({ allowPrivate: true }));
  const config = { outputs: 'none', limits: HELLO_CONCURRENCY, egress: [target] };
  await platform.deploy({ name: 'fan-out', code: FAN_OUT, config });
  const urls = new Map<Name, string>([['sovfn', `${platform.publicUrl}/fn/fan-out/${query}`]]);
  await assertFetches(urls.get('sovfn')!, bench);
  const missing: Result['missing'] = [];
  for (const name of RUNTIMES) {
    try {
      const { port } = await serveModule(name, FAN_OUT, undo);
      const url = `http://127.0.0.1:${port}/${query}`;
      await assertFetches(url, bench);
      urls.set(name, url);
    } catch (error) {
      bench.signal.throwIfAborted();
      missing.push({ name, reason: describeError(error) });
    }
  }
  return { urls, missing };
}

async function assertFetches(url: string, { signal }: Bench): Promise<void> {
  const text = await (await fetch(url, { signal })).text();
  if (text === 'hello'.repeat(FETCHES)) return;
  throw new Error(`${url} answers "${text.slice(0, 500)}", and not what it was to fetch`);
}

function figuresOf(own: Result['runs'], all: Result['runs']): string[] {
  const medianOf = (key: 'requestsPerSecond' | 'p50Ms' | 'p99Ms'): number => median(own.map((run) => run[key]));
  const ratioTo = (other: Name): string => {
    const others = all.filter(({ name }) => name === other);
    return showRatio(medianRatio(own, others, ({ requestsPerSecond }) => requestsPerSecond));
  };
  return [
    showRate(medianOf('requestsPerSecond')),
    showMs(medianOf('p50Ms')),
    showMs(medianOf('p99Ms')),
    ratioTo('workerd'),
    ratioTo('node'),
  ];
}
