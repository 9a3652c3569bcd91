/** What receipts cost: hello on two platforms that differ in nothing else, in pairs. */
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Bench } from '../bench.ts';
import { readProcessUse } from '../processes/process-use.ts';
import { startProgram } from '../processes/server-process.ts';
import { atLeast } from '../report/bars.ts';
import { showRate, showRatio } from '../report/figures.ts';
import { median } from '../statistics.ts';
import { defineMeasurement } from './measurement.ts';

const SWITCH = fileURLToPath(new URL('../programs/without-receipts.ts', import.meta.url));
const CONNECTIONS = 64;
const PARTS = ['gateway', 'bus', 'cell', 'node'] as const;
type Part = (typeof PARTS)[number];
const TITLES: Readonly<Record<Part, string>> = {
  ...{ gateway: 'gateway', bus: 'nats-server', cell: 'cell', node: 'supervisor' },
};

/** CPU of each process for one call; null where the kernel does not tell. */
const cpuSchema = z.strictObject({ gateway: z.number(), bus: z.number(), cell: z.number(), node: z.number() });
const sideSchema = z.strictObject({
  requestsPerSecond: z.number(),
  failures: z.int(),
  cpuUs: cpuSchema.nullable(),
});
const schema = z.strictObject({ pairs: z.array(z.strictObject({ with: sideSchema, without: sideSchema })) });
type Side = z.output<typeof sideSchema>;
type Pairs = z.output<typeof schema>['pairs'];

const reportSchema = z.object({
  port: z.int(),
  pids: z.object({ gateway: z.int(), bus: z.int(), cell: z.int(), node: z.int() }),
});
type Report = z.output<typeof reportSchema>;

export const receipts = defineMeasurement({
  name: 'receipts',
  schema,
  async measure(bench) {
    await using proving = await startProgram('platform');
    await using silent = await startProgram('platform', [], [`--import=${SWITCH}`]);
    const sides = [reportSchema.parse(proving.report), reportSchema.parse(silent.report)] as const;
    bench.say('receipts: warming up');
    for (const side of sides) await measureSide(side, bench);
    const pairs: Pairs = [];
    for (let pair = 1; pair <= bench.settings.receipts.pairs; pair++) {
      bench.say(`receipts: pair ${pair} of ${bench.settings.receipts.pairs}`);
      pairs.push(await measurePair(sides, pair % 2 === 0, bench));
    }
    return { pairs };
  },
  bars: ({ pairs }) => {
    const goal = { bar: 0.9, aim: 0.95, show: showRatio };
    return [atLeast('hello, 64 connections, requests/s with receipts ÷ without', goal, rateRatio(pairs))];
  },
  tables: ({ pairs }) => [
    {
      title: `What receipts of one hello cost, connections: ${CONNECTIONS}`,
      columns: ['', 'requests/s', 'CPU', ...PARTS.map((part) => TITLES[part])],
      rows: [
        ['with receipts', ...showSide(pairs.map((pair) => pair.with))],
        ['without', ...showSide(pairs.map((pair) => pair.without))],
        ['ratio', showRatio(rateRatio(pairs)), showRatio(cpuRatio(pairs))],
      ],
      notes: [],
    },
  ],
});

/** The one that is first changes from pair to pair. */
async function measurePair(
  [proving, silent]: readonly [Report, Report],
  isSilentFirst: boolean,
  bench: Bench,
): Promise<Pairs[number]> {
  const early = isSilentFirst ? await measureSide(silent, bench) : null;
  const proved = await measureSide(proving, bench);
  return { with: proved, without: early ?? (await measureSide(silent, bench)) };
}

async function measureSide({ port, pids }: Report, bench: Bench): Promise<Side> {
  const { seconds } = bench.settings.receipts;
  const before = cpuOf(pids);
  const { requestsPerSecond, failures } = await bench.load.run(`http://127.0.0.1:${port}/fn/hello/`, {
    ...{ connections: CONNECTIONS, seconds },
    signal: bench.signal,
  });
  const after = cpuOf(pids);
  const calls = requestsPerSecond * seconds;
  const cpuUs = before === null || after === null ? null : cpuPerPart((part) => (after[part] - before[part]) / calls);
  return { requestsPerSecond, failures, cpuUs };
}

function cpuOf(pids: Report['pids']): Record<Part, number> | null {
  const uses = PARTS.map((part) => readProcessUse(pids[part]));
  return uses.includes(null) ? null : cpuPerPart((part) => uses[PARTS.indexOf(part)]!.cpuUs);
}

function cpuPerPart(of: (part: Part) => number): Record<Part, number> {
  return { gateway: of('gateway'), bus: of('bus'), cell: of('cell'), node: of('node') };
}

function showSide(sides: readonly Side[]): string[] {
  const known = sides.flatMap(({ cpuUs }) => (cpuUs === null ? [] : [cpuUs]));
  const rate = showRate(median(sides.map(({ requestsPerSecond }) => requestsPerSecond)));
  if (known.length === 0) return [rate];
  const show = (valueOf: (cpu: Record<Part, number>) => number): string =>
    `${median(known.map(valueOf)).toFixed(1)} µs`;
  return [rate, show(allOf), ...PARTS.map((part) => show((cpu) => cpu[part]))];
}

function allOf(cpu: Record<Part, number>): number {
  return PARTS.reduce((sum, part) => sum + cpu[part], 0);
}

/** Medians of the pairs' ratios: both sides of one were measured within the same seconds. */
const rateRatio = (pairs: Pairs): number =>
  median(pairs.map((pair) => pair.with.requestsPerSecond / pair.without.requestsPerSecond));

function cpuRatio(pairs: Pairs): number | null {
  const known = pairs.flatMap(({ with: proved, without: silent }) =>
    proved.cpuUs === null || silent.cpuUs === null ? [] : [allOf(proved.cpuUs) / allOf(silent.cpuUs)],
  );
  return known.length === 0 ? null : median(known);
}
