/**
 * What ten thousand registered functions do to one that is called, what each of them costs while nobody calls it, and whether
 * it wakes in time. Beside it runs a platform with one function.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startPlatform, type TestPlatform } from '@sovfn/testkit';
import { z } from 'zod';
import type { Bench } from '../bench.ts';
import { forEachNumber, nameOf, prepareHellos } from '../functions/many-hellos.ts';
import { HELLO, HELLO_CONCURRENCY } from '../functions/sources.ts';
import { loadResultSchema } from '../load/load-generator.ts';
import { readPlatformBytes, readSettled } from '../processes/platform-memory.ts';
import { atMost } from '../report/bars.ts';
import { showKib, showMib, showMs, showRate, showRatio } from '../report/figures.ts';
import { median, medianRatio } from '../statistics.ts';
import { latencySchema, summarizeTimes } from './latency.ts';
import { defineMeasurement } from './measurement.ts';
import { TimedCaller } from './timed-call.ts';

const CONNECTIONS = 64;
/** With the other parts this is about one GiB. */
const SMALL_NODE_MB = 512;
/** Between two calls on it: a thousand take about a minute. */
const PAUSE_MS = 45;
const KIB = 1_024;
const MIB = 2 ** 20;

const runSchema = z.strictObject({ functions: z.int(), round: z.int(), ...loadResultSchema.shape });
const schema = z.strictObject({
  /** Registered on the platform that has many. */
  functions: z.int(),
  deploySeconds: z.number(),
  /** `hello`, on the platform with one function and on the one with many. */
  runs: z.array(runSchema),
  /** All parts but the object store. */
  bytes: z.strictObject({ withOne: z.number(), withMany: z.number(), withUsed: z.number() }),
  /** For each function that nobody has called. */
  perParkedBytes: z.number(),
  /** What the first call of a function takes that the node has on its disk, less the warm call right after it. */
  added: latencySchema,
  /** How many were called one after the other, and within how long. */
  used: z.int(),
  usedSeconds: z.number(),
  /** The same functions once more, on a node that may use less memory than they take: it lets go of those called longest ago. */
  small: z.strictObject({ memoryMb: z.int(), calls: latencySchema, refused: z.int(), bytes: z.number() }).optional(),
});
type Result = z.output<typeof schema>;

export const manyFunctions = defineMeasurement({
  name: 'many-functions',
  schema,
  async measure(bench) {
    await using one = await startPlatform();
    await using many = await startPlatform();
    const { functions, used } = bench.settings.manyFunctions;
    for (const platform of [one, many]) {
      await platform.deploy({ name: 'hello', code: HELLO, config: { outputs: 'none', limits: HELLO_CONCURRENCY } });
      await load(platform, bench);
    }
    const readBytes = (): number => readPlatformBytes(many);
    const withOne = await readSettled(readBytes, bench.signal);
    const deploySeconds = await deployAll(many, functions - 1, bench);
    const withMany = await readSettled(readBytes, bench.signal);
    const runs = await compare(one, many, bench);
    const added = summarizeTimes(await wake(many, bench));
    const usedSeconds = await use(many, used, bench);
    const bytes = { withOne, withMany, withUsed: readBytes() };
    const small = await useSmallNode(many, used, bench);
    const perParkedBytes = (withMany - withOne) / (functions - 1);
    return { functions, deploySeconds, runs, bytes, perParkedBytes, added, used, usedSeconds, small };
  },
  tables: (result) => [callTable(result), costTable(result)],
  bars: (result) => [
    atMost('memory of a function that nobody calls', { bar: 100, aim: 30, show: showKib }, result.perParkedBytes / KIB),
    atMost(
      `p99 with ${result.functions.toLocaleString('en')} functions ÷ with 1`,
      { bar: 1.5, aim: 1.2, show: showRatio },
      ratioOf(result, ({ p99Ms }) => p99Ms),
    ),
    atMost(
      `memory with ${result.functions.toLocaleString('en')} functions, ${result.used.toLocaleString('en')} of them called within a minute, cells limited to ${SMALL_NODE_MB} MiB`,
      { bar: 1_024, aim: 1_024, show: showMib },
      result.small === undefined ? null : result.small.bytes / MIB,
    ),
  ],
});

async function load(platform: TestPlatform, { load: generator, settings, signal }: Bench) {
  const { seconds } = settings.manyFunctions;
  return generator.run(`${platform.publicUrl}/fn/hello/`, { connections: CONNECTIONS, seconds, signal });
}

async function deployAll(platform: TestPlatform, last: number, { say, signal }: Bench): Promise<number> {
  const deploy = await prepareHellos(platform);
  const startedAt = performance.now();
  await forEachNumber({ first: 1, last }, async (number) => {
    signal.throwIfAborted();
    if (number % 1_000 === 0) say(`many-functions: deploying ${number} of ${last}`);
    await deploy(number);
  });
  return (performance.now() - startedAt) / 1_000;
}

async function compare(one: TestPlatform, many: TestPlatform, bench: Bench): Promise<Result['runs']> {
  const { rounds, functions } = bench.settings.manyFunctions;
  const platforms = [
    { platform: one, functions: 1 },
    { platform: many, functions },
  ];
  const runs: Result['runs'] = [];
  for (let round = 0; round <= rounds; round++) {
    bench.say(`many-functions: ${round === 0 ? 'warming up' : `round ${round} of ${rounds}`}`);
    for (const place of round % 2 === 0 ? platforms.toReversed() : platforms) {
      const result = await load(place.platform, bench);
      if (round > 0) runs.push({ functions: place.functions, round, ...result });
    }
  }
  return runs;
}

/** A function that is deleted and deployed again is not loaded, and its code lies on the node's disk. */
async function wake(platform: TestPlatform, { settings, signal, say }: Bench): Promise<number[]> {
  const { woken } = settings.manyFunctions;
  say(`many-functions: waking ${woken}`);
  const deploy = await prepareHellos(platform);
  using caller = new TimedCaller(signal);
  const added: number[] = [];
  for (let number = 1; number <= woken; number++) {
    const url = `${platform.publicUrl}/fn/${nameOf(number)}/`;
    await caller.get(url);
    const response = await platform.control(`/v1/functions/${nameOf(number)}`, { method: 'DELETE' });
    if (!response.ok) throw new Error(`deleting ${nameOf(number)} was answered with ${response.status}`);
    await deploy(number);
    const coldMs = await caller.get(url);
    added.push(coldMs - (await caller.get(url)));
  }
  return added;
}

async function use(platform: TestPlatform, count: number, { signal, say }: Bench): Promise<number> {
  say(`many-functions: calling ${count}`);
  using caller = new TimedCaller(signal);
  const startedAt = performance.now();
  for (let number = 1; number <= count; number++) await caller.get(`${platform.publicUrl}/fn/${nameOf(number)}/`);
  return (performance.now() - startedAt) / 1_000;
}

/** With its memory cut, the node is started again; the functions are called one after the other within about a minute. */
async function useSmallNode(platform: TestPlatform, count: number, { signal, say }: Bench): Promise<Result['small']> {
  say(`many-functions: calling ${count} on a node of ${SMALL_NODE_MB} MiB`);
  const file = join(platform.data, 'run', 'node.json');
  const config = JSON.parse(await readFile(file, 'utf8')) as object;
  await writeFile(file, JSON.stringify({ ...config, memoryMb: SMALL_NODE_MB }));
  const isReady = platform.untilPart('node', 'ready');
  process.kill(platform.pids.get('node')!, 'SIGKILL');
  await isReady;
  using caller = new TimedCaller(signal);
  const times: number[] = [];
  let refused = 0;
  for (let number = 1; number <= count; number++) {
    await delay(PAUSE_MS, undefined, { signal });
    const { ms, status, text } = await caller.ask(`${platform.publicUrl}/fn/${nameOf(number)}/`);
    if (status === 200) times.push(ms);
    else if (status === 503) refused++;
    else throw new Error(`${nameOf(number)} answered ${status}: ${text}`);
  }
  return { memoryMb: SMALL_NODE_MB, calls: summarizeTimes(times), refused, bytes: readPlatformBytes(platform) };
}

function ratioOf({ runs, functions }: Result, valueOf: (run: Result['runs'][number]) => number): number | null {
  const [one, many] = [1, functions].map((count) => runs.filter((run) => run.functions === count));
  return medianRatio(many!, one!, valueOf);
}

function callTable(result: Result) {
  const line = (count: number, title: string): string[] => {
    const own = result.runs.filter((run) => run.functions === count);
    const [rate, p50, p99] = (['requestsPerSecond', 'p50Ms', 'p99Ms'] as const).map((key) =>
      median(own.map((run) => run[key])),
    );
    return [title, showRate(rate!), showMs(p50!), showMs(p99!)];
  };
  const rate = ratioOf(result, ({ requestsPerSecond }) => requestsPerSecond);
  const p99 = ratioOf(result, ({ p99Ms }) => p99Ms);
  const p50 = ratioOf(result, ({ p50Ms }) => p50Ms);
  return {
    title: 'Hello beside many functions, connections: 64',
    columns: ['registered functions', 'requests/s', 'p50', 'p99'],
    rows: [
      line(1, '1'),
      line(result.functions, result.functions.toLocaleString('en')),
      ['many ÷ one', ...[rate, p50, p99].map(showRatio)],
    ],
    notes: [],
  };
}

function costTable({ functions, deploySeconds, bytes, perParkedBytes, added, used, usedSeconds, small }: Result) {
  const rows: [string, string][] = [
    ['memory of all parts but the store, with 1', showMib(bytes.withOne / MIB)],
    [`with ${functions.toLocaleString('en')}`, showMib(bytes.withMany / MIB)],
    ['for each that nobody has called', showKib(perParkedBytes / KIB)],
    ['its first call takes longer by, p50 (code on disk)', showMs(added.p50Ms)],
    ['… p99', showMs(added.p99Ms)],
    [
      `memory after calls of ${used.toLocaleString('en')} within ${Math.round(usedSeconds)} s`,
      showMib(bytes.withUsed / MIB),
    ],
    ...(small === undefined ? [] : smallRows(small)),
    ['one deploy by the control API, 8 at once', showMs((deploySeconds * 1_000) / (functions - 1))],
  ];
  return { title: 'What many functions cost', columns: ['', ''], rows, notes: [] };
}

function smallRows({ memoryMb, calls, refused, bytes }: NonNullable<Result['small']>): [string, string][] {
  return [
    [`memory after calls of as many within a minute, cells limited to ${memoryMb} MiB`, showMib(bytes / MIB)],
    ['… those calls, p50', showMs(calls.p50Ms)],
    ['… p99', showMs(calls.p99Ms)],
    ['… refused, because the node was full', String(refused)],
  ];
}
