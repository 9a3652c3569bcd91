/**
 * How long the first call of a function takes, in each of the cases that users meet. The node's log must tell of one load
 * for each call that is counted as cold: else something else was measured, and the measurement fails.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { startPlatform, type TestPlatform } from '@sovfn/testkit';
import { z } from 'zod';
import type { Bench } from '../bench.ts';
import { ExampleCopies } from '../functions/example-copies.ts';
import { helloNumber } from '../functions/sources.ts';
import { waitForLoads } from '../processes/node-log.ts';
import { atMost } from '../report/bars.ts';
import { showMs } from '../report/figures.ts';
import { type Latency, latencySchema, summarizeTimes } from './latency.ts';
import { defineMeasurement } from './measurement.ts';
import { TimedCaller } from './timed-call.ts';

/** Between two calls: a function that nobody has called for long is seldom called at the same moment as another one. */
const PAUSE_MS = 100;
const KINDS = ['hello', 'hono'] as const;
type Kind = (typeof KINDS)[number];
const KIND_TITLES: Readonly<Record<Kind, string>> = { hello: 'hello', hono: 'API with Hono and Zod' };

const kindSchema = z.strictObject({
  newToNode: latencySchema,
  onDisk: latencySchema,
  warm: latencySchema,
  /** What the cold start adds: each call that found its code on the disk, less the warm call right after it. */
  added: latencySchema.optional(),
});
const schema = z.strictObject({
  /** First call of the first function of a platform that was just started. */
  firstEver: latencySchema,
  hello: kindSchema,
  hono: kindSchema,
});

export const coldStart = defineMeasurement({
  name: 'cold-start',
  schema,
  async measure(bench) {
    const firstEver = await measureFirstEver(bench);
    await using platform = await startPlatform();
    await using copies = await ExampleCopies.open();
    const functions = await makeFunctions(platform, copies, bench.settings.coldStart.functions);
    const times = await measureFunctions(platform, functions, bench);
    return { firstEver: summarizeTimes(firstEver), hello: summarize(times.hello), hono: summarize(times.hono) };
  },
  tables: (result) => [
    {
      title: 'First call of a function',
      columns: ['', 'calls', 'p50', 'p99', 'longest'],
      rows: [
        row('platform just started, hello', result.firstEver),
        ...KINDS.flatMap((kind) => [
          row(`new to the node, ${KIND_TITLES[kind]}`, result[kind].newToNode),
          row(`on the node's disk, ${KIND_TITLES[kind]}`, result[kind].onDisk),
          row(`warm, for comparison, ${KIND_TITLES[kind]}`, result[kind].warm),
          ...addedRow(kind, result[kind].added),
        ]),
      ],
      notes: [],
    },
  ],
  bars: ({ hello: { added } }) => {
    const [p50, p99] = [added?.p50Ms ?? null, added?.p99Ms ?? null];
    return [
      atMost('a cold start of hello adds, p50', { bar: 5, aim: 3, show: showMs }, p50),
      atMost('a cold start of hello adds, p99', { bar: 15, aim: 10, show: showMs }, p99),
    ];
  },
  charts: (result) => [
    {
      name: 'cold-start',
      title: 'First call of a function: p50 and p99',
      series: ['p50', 'p99'],
      groups: KINDS.flatMap((kind) =>
        CASES.map(([case_, title]) => ({
          label: `${title}, ${KIND_TITLES[kind]}`,
          bars: [result[kind][case_].p50Ms, result[kind][case_].p99Ms].map((value) => ({ value, text: showMs(value) })),
        })),
      ),
    },
  ],
});

const CASES = [
  ['newToNode', 'new to the node'],
  ['onDisk', 'on disk'],
  ['warm', 'warm'],
] as const;

async function measureFirstEver({ settings, signal, say }: Bench): Promise<number[]> {
  const times: number[] = [];
  for (let i = 1; i <= settings.coldStart.platforms; i++) {
    say(`cold-start: platform ${i} of ${settings.coldStart.platforms}`);
    signal.throwIfAborted();
    await using platform = await startPlatform();
    using caller = new TimedCaller(signal);
    await platform.deploy({ name: 'first', code: helloNumber(0), config: { outputs: 'none' } });
    times.push(await caller.get(`${platform.publicUrl}/fn/first/`));
    await waitForLoads(platform, ({ length }) => length === 1, signal);
  }
  return times;
}

/** A function that can be deployed, deleted and deployed again as the same version. */
interface ColdFunction {
  readonly kind: Kind;
  readonly name: string;
  readonly deploy: () => Promise<unknown>;
}

async function makeFunctions(platform: TestPlatform, copies: ExampleCopies, count: number): Promise<ColdFunction[]> {
  const functions: ColdFunction[] = [];
  for (let i = 1; i <= count; i++) {
    const source = { name: `hello-${i}`, code: helloNumber(i), config: { outputs: 'none' } };
    functions.push({ kind: 'hello', name: source.name, deploy: async () => platform.deploy(source) });
    const folder = await copies.make(`hono-${i}`);
    functions.push({ kind: 'hono', name: `hono-${i}`, deploy: async () => platform.deploy(folder) });
  }
  return functions;
}

type Times = Record<'newToNode' | 'onDisk' | 'warm' | 'added', number[]>;

/** The first round finds functions that the node has never had; the later ones find them on its disk. */
async function measureFunctions(
  platform: TestPlatform,
  functions: readonly ColdFunction[],
  { settings, signal, say }: Bench,
): Promise<Record<Kind, Times>> {
  const times = { hello: noTimes(), hono: noTimes() };
  const { rounds } = settings.coldStart;
  using caller = new TimedCaller(signal);
  for (let round = 0; round <= rounds; round++) {
    say(round === 0 ? 'cold-start: functions new to the node' : `cold-start: round ${round} of ${rounds}`);
    for (const { deploy } of functions) await deploy();
    for (const { kind, name } of functions) {
      const url = `${platform.publicUrl}/fn/${name}/`;
      await delay(PAUSE_MS, undefined, { signal });
      const [coldMs, warmMs] = [await caller.get(url), await caller.get(url)];
      times[kind][round === 0 ? 'newToNode' : 'onDisk'].push(coldMs);
      times[kind].warm.push(warmMs);
      if (round > 0) times[kind].added.push(coldMs - warmMs);
    }
    await waitForLoads(platform, ({ length }) => length === functions.length * (round + 1), signal);
    for (const { name } of functions) await remove(platform, name);
  }
  return times;
}

/** The cell lets go of a deleted function; its code stays on the node's disk. */
async function remove(platform: TestPlatform, name: string): Promise<void> {
  const response = await platform.control(`/v1/functions/${name}`, { method: 'DELETE' });
  const text = await response.text();
  if (!response.ok) throw new Error(`deleting ${name} was answered with ${response.status}: ${text}`);
}

function noTimes(): Times {
  return { newToNode: [], onDisk: [], warm: [], added: [] };
}

function summarize({ newToNode, onDisk, warm, added }: Times): z.output<typeof kindSchema> {
  return {
    newToNode: summarizeTimes(newToNode),
    onDisk: summarizeTimes(onDisk),
    warm: summarizeTimes(warm),
    added: summarizeTimes(added),
  };
}

/** Results of before it was measured have none. */
function addedRow(kind: Kind, added: Latency | undefined): string[][] {
  return added === undefined ? [] : [row(`added by a cold start from disk, ${KIND_TITLES[kind]}`, added)];
}

function row(title: string, { count, p50Ms, p99Ms, maxMs }: Latency): string[] {
  return [title, String(count), showMs(p50Ms), showMs(p99Ms), showMs(maxMs)];
}
