/** How late schedules are: many in the same second, and a few beside many that are registered. */
import { setTimeout as delay } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { readMessages } from '@sovfn/bus';
import {
  decodeTickRecord,
  eventRecordSchema,
  eventStream,
  recordStream,
  recordSubject,
  type TickRecord,
  functionTickRecordsSubject,
  tickStream,
  zoneCronsSubject,
} from '@sovfn/protocol';
import { connectToBusOf, startPlatform, type TestPlatform } from '@sovfn/testkit';
import { z } from 'zod';
import type { Bench } from '../bench.ts';
import { showMs } from '../report/figures.ts';
import { latencySchema, summarizeTimes } from './latency.ts';
import { defineMeasurement } from './measurement.ts';

const ZONE = 'fr';
const TENANT = 'main';
/** The most that a function may have. */
const EACH = 50;
const DEPLOYS_AT_ONCE = 4;
const POLL_MS = 250;
const CODE = `export default { async scheduled() {} };\n`;
const OF_ITS_OWN = 'each-second';

const driftSchema = z.strictObject({ decided: latencySchema, begun: latencySchema });
type Drift = z.output<typeof driftSchema>;
const schema = z.strictObject({
  /** Schedules that are due in the same second, of functions with 50 each. */
  together: driftSchema,
  registered: z.int(),
  /** 50 schedules that are due each second, beside `registered` that are not. */
  besideRegistered: driftSchema,
});

export const schedules = defineMeasurement({
  name: 'schedules',
  schema,
  async measure(bench) {
    await using parts = new AsyncDisposableStack();
    const platform = parts.use(await startPlatform());
    const connection = parts.adopt(await connectToBusOf(platform, 'bench'), (open) => open.close());
    const world: World = { platform, connection, bench };
    const { functions, registered, seconds, deployMs } = bench.settings.schedules;
    const together = await measureTogether(world, functions, deployMs);
    await deployAll(world, { count: registered, nameOf: (i) => `far-${i}`, cron: farCron() });
    const besideRegistered = await measureEachSecond(world, seconds);
    return { together, registered: await countPlanned(connection), besideRegistered };
  },
  tables: ({ together, registered, besideRegistered }) => [
    {
      title: 'How late schedules are',
      columns: ['', 'ticks', 'decided, p50', 'p99', 'run begun, p50', 'p99'],
      rows: [
        row('all due in the same second', together),
        row(`${EACH} due each second, ${registered} registered`, besideRegistered),
      ],
      notes: [],
    },
  ],
});

interface World {
  readonly platform: TestPlatform;
  readonly connection: NatsConnection;
  readonly bench: Bench;
}

/** Everything is deployed before the tick, for which `deployMs` are allowed for each function. */
async function measureTogether(world: World, functions: number, deployMs: number): Promise<Drift> {
  const due = new Date(Math.ceil((Date.now() + functions * deployMs) / 1_000) * 1_000);
  const nameOf = (i: number): string => `together-${i}`;
  await deployAll(world, { count: functions, nameOf, cron: cronAt(due) });
  if (Date.now() >= due.getTime()) throw new Error(`${functions} functions were not deployed by ${due.toISOString()}`);
  world.bench.say(`schedules: ${functions * EACH} are due at ${due.toISOString()}`);
  await untilTicks(world, functions * EACH);
  return driftOf(
    world,
    Array.from({ length: functions }, (_, i) => nameOf(i)),
  );
}

async function measureEachSecond(world: World, seconds: number): Promise<Drift> {
  world.bench.say(`schedules: ${EACH} each second for ${seconds} s`);
  const before = await countTicks(world.connection);
  await deployAll(world, { count: 1, nameOf: () => OF_ITS_OWN, cron: '* * * * * *' });
  await untilTicks(world, before + EACH * seconds);
  return driftOf(world, [OF_ITS_OWN]);
}

interface Deploys {
  readonly count: number;
  readonly nameOf: (index: number) => string;
  readonly cron: string;
}

async function deployAll({ platform, bench: { say, signal } }: World, { count, nameOf, cron }: Deploys): Promise<void> {
  const of = Array.from({ length: EACH }, (_, i) => ({ name: `s-${i}`, cron, timezone: 'UTC', overlap: 'allow' }));
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      signal.throwIfAborted();
      const index = next++;
      if (index % 100 === 0) say(`schedules: deploying ${nameOf(index)} (of ${count})`);
      const events = { concurrency: EACH };
      await platform.deploy({ name: nameOf(index), code: CODE, config: { schedules: of, outputs: 'none', events } });
    }
  };
  await Promise.all(Array.from({ length: DEPLOYS_AT_ONCE }, worker));
}

/** Once a year, at that second. */
function cronAt(due: Date): string {
  const time = [due.getUTCSeconds(), due.getUTCMinutes(), due.getUTCHours()];
  return [...time, due.getUTCDate(), due.getUTCMonth() + 1, '*'].join(' ');
}

/** Half a year away. */
function farCron(): string {
  return cronAt(new Date(Date.now() + 180 * 24 * 3_600_000));
}

async function countPlanned(connection: NatsConnection): Promise<number> {
  let count = 0;
  for await (const page of readMessages(connection, eventStream(ZONE), zoneCronsSubject(ZONE))) count += page.length;
  return count;
}

async function countTicks(connection: NatsConnection): Promise<number> {
  const { streams } = await jetstreamManager(connection, { checkAPI: false });
  return (await streams.info(tickStream(ZONE))).state.messages;
}

async function untilTicks({ connection, bench: { signal } }: World, count: number): Promise<void> {
  while ((await countTicks(connection)) < count) await delay(POLL_MS, undefined, { signal });
}

async function driftOf(world: World, functions: readonly string[]): Promise<Drift> {
  const decided: number[] = [];
  const begun: number[] = [];
  for (const name of functions) {
    const ticks = await ticksOf(world, name);
    for (const { at, decidedAt, event } of ticks) {
      decided.push(decidedAt - at);
      if (event !== null) begun.push((await begunAt(world, name, event)) - at);
    }
  }
  return { decided: summarizeTimes(decided), begun: summarizeTimes(begun) };
}

async function ticksOf({ connection }: World, name: string) {
  const filter = functionTickRecordsSubject({ zone: ZONE, tenant: TENANT, function: name });
  const found: TickRecord[] = [];
  for await (const page of readMessages(connection, tickStream(ZONE), filter)) {
    found.push(...page.map(({ data }) => decodeTickRecord(data)));
  }
  return found.flatMap(({ decidedAt, decisions }) =>
    decisions.map(({ scheduledAt, event }) => ({
      at: Date.parse(scheduledAt),
      decidedAt: Date.parse(decidedAt),
      event,
    })),
  );
}

/** Waits for its first attempt. By the gateway's own clock. */
async function begunAt({ connection, bench: { signal } }: World, name: string, event: string): Promise<number> {
  const subject = recordSubject({ zone: ZONE, tenant: TENANT, function: name }, event);
  for (;;) {
    for await (const page of readMessages(connection, recordStream(ZONE), subject)) {
      const { attempts } = eventRecordSchema.parse(JSON.parse(Buffer.from(page.at(-1)!.data).toString()));
      if (attempts.length > 0) return Date.parse(attempts[0]!.startedAt);
    }
    await delay(POLL_MS, undefined, { signal });
  }
}

function row(title: string, { decided, begun }: Drift): string[] {
  const times = [decided.p50Ms, decided.p99Ms, begun.p50Ms, begun.p99Ms].map(showMs);
  return [title, String(decided.count), ...times];
}
