/** What encryption costs, and what it costs together with receipts: platforms that differ in nothing else, one after the other. */
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Bench } from '../bench.ts';
import { startProgram } from '../processes/server-process.ts';
import { atLeast } from '../report/bars.ts';
import { showRate, showRatio } from '../report/figures.ts';
import { median } from '../statistics.ts';
import { sendWebhooks, webhookUrl } from './events-world.ts';
import { defineMeasurement } from './measurement.ts';

const flag = (name: string): string => `--import=${fileURLToPath(new URL(`../programs/${name}.ts`, import.meta.url))}`;
const WITHOUT = { encryption: flag('without-encryption'), receipts: flag('without-receipts') } as const;
const SIDES = { whole: [], clear: [WITHOUT.encryption], bare: [WITHOUT.encryption, WITHOUT.receipts] } as const;
type SideName = keyof typeof SIDES;
const NAMES = Object.keys(SIDES) as SideName[];
const CONNECTIONS = 64;

const sideSchema = z.strictObject({ hello: z.number(), logging: z.number(), accepted: z.number() });
const schema = z.strictObject({
  rounds: z.array(z.strictObject({ whole: sideSchema, clear: sideSchema, bare: sideSchema })),
});
type Side = z.output<typeof sideSchema>;
type Rounds = z.output<typeof schema>['rounds'];

const reportSchema = z.object({ port: z.int(), secret: z.string() });
type Report = z.output<typeof reportSchema>;

export const encryption = defineMeasurement({
  name: 'encryption',
  schema,
  async measure(bench) {
    await using platforms = new AsyncDisposableStack();
    const reports = new Map<SideName, Report>();
    for (const name of NAMES) {
      const platform = platforms.use(await startProgram('event-platform', [], SIDES[name]));
      reports.set(name, reportSchema.parse(platform.report));
    }
    bench.say('encryption: warming up');
    for (const report of reports.values()) await measureSide(report, bench);
    const rounds: Rounds = [];
    for (let round = 0; round < bench.settings.encryption.rounds; round++) {
      bench.say(`encryption: round ${round + 1} of ${bench.settings.encryption.rounds}`);
      rounds.push(await measureRound(reports, round, bench));
    }
    return { rounds };
  },
  bars: ({ rounds }) => {
    const goal = { bar: 0.9, aim: 0.95, show: showRatio };
    const ratio = ratioOf(rounds, 'hello', 'bare');
    return [atLeast('hello, 64 connections, requests/s with receipts and encryption ÷ without both', goal, ratio)];
  },
  tables: ({ rounds }) => [
    {
      title: `What encryption costs, connections: ${CONNECTIONS}`,
      columns: ['per second', 'with all', 'without encryption', 'ratio', 'without receipts, too', 'ratio'],
      rows: [
        row('hello: nothing of a call is encrypted', rounds, 'hello'),
        row('hello with a line of log', rounds, 'logging'),
        row('durable events accepted', rounds, 'accepted'),
      ],
      notes: [],
    },
  ],
});

/** The one that is first changes from round to round. */
async function measureRound(
  reports: ReadonlyMap<SideName, Report>,
  round: number,
  bench: Bench,
): Promise<Rounds[number]> {
  const sides = new Map<SideName, Side>();
  for (let i = 0; i < NAMES.length; i++) {
    const name = NAMES[(round + i) % NAMES.length]!;
    sides.set(name, await measureSide(reports.get(name)!, bench));
  }
  return { whole: sides.get('whole')!, clear: sides.get('clear')!, bare: sides.get('bare')! };
}

async function measureSide({ port, secret }: Report, bench: Bench): Promise<Side> {
  const { seconds } = bench.settings.encryption;
  const base = `http://127.0.0.1:${port}`;
  const load = { connections: CONNECTIONS, seconds, signal: bench.signal };
  const hello = await bench.load.run(`${base}/fn/hello/`, load);
  const logging = await bench.load.run(`${base}/fn/logging/`, load);
  const accepted = await sendWebhooks({ url: webhookUrl(base, 'accepting'), secret }, CONNECTIONS, seconds);
  const failures = hello.failures + logging.failures + accepted.failures;
  if (failures > 0) throw new Error(`${failures} calls failed, beside which the others say nothing`);
  return {
    hello: hello.requestsPerSecond,
    logging: logging.requestsPerSecond,
    accepted: accepted.requestsPerSecond,
  };
}

function row(title: string, rounds: Rounds, key: keyof Side): string[] {
  const rate = (name: SideName): string => showRate(median(rounds.map((round) => round[name][key])));
  const ratio = (to: SideName): string => showRatio(ratioOf(rounds, key, to));
  return [title, rate('whole'), rate('clear'), ratio('clear'), rate('bare'), ratio('bare')];
}

/** Median of the rounds' ratios: all sides of one were measured within the same half a minute. */
function ratioOf(rounds: Rounds, key: keyof Side, to: SideName): number {
  return median(rounds.map((round) => round.whole[key] / round[to][key]));
}
