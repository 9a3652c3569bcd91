/** Durable events: how many are accepted, beside what the server stores by itself; how fast they run and are kept. */
import { randomUUID } from 'node:crypto';
import { openStore, type ObjectStore } from '@sovfn/store';
import { startMinio } from '@sovfn/testkit';
import { z } from 'zod';
import type { Bench } from '../bench.ts';
import { showMs, showRate, showRatio } from '../report/figures.ts';
import { median } from '../statistics.ts';
import { EventsWorld } from './events-world.ts';
import { latencySchema, summarizeTimes } from './latency.ts';
import { defineMeasurement } from './measurement.ts';

const CONNECTIONS = 256;
/** A marker and an event each, as the gateway's own batches have them at most. */
const BATCH_MESSAGES = 800;
const PUTS_AT_ONCE = 16;
const PUT_BYTES = 128;
const BUCKET = 'bench';

const rateSchema = z.strictObject({ perSecond: z.number(), p50Ms: z.number(), p99Ms: z.number() });
type Rate = z.output<typeof rateSchema>;
const schema = z.strictObject({
  accepted: rateSchema,
  rawSingle: rateSchema,
  rawBatch: rateSchema,
  acceptedAlone: rateSchema,
  rawAlone: rateSchema,
  drained: z.strictObject({ events: z.int(), perSecond: z.number() }),
  rawPutsPerSecond: z.number(),
  /** From sending the call until its record says that it has ended, one at a time. */
  toOutput: latencySchema,
});

export const events = defineMeasurement({
  name: 'events',
  schema,
  async measure(bench) {
    await using world = await EventsWorld.start();
    const { rounds, seconds, drained, singles } = bench.settings.events;
    await world.setPaused('accepting', true);
    await world.sendWebhooks('accepting', CONNECTIONS, 1);
    const together = await inRounds(rounds, bench, {
      accepted: () => world.sendWebhooks('accepting', CONNECTIONS, seconds),
      rawSingle: () => world.publishRaw('single', CONNECTIONS, seconds, bench.signal),
      rawBatch: () => world.publishRaw('batch', BATCH_MESSAGES, seconds, bench.signal),
    });
    const alone = await inRounds(rounds, bench, {
      acceptedAlone: () => world.sendWebhooks('accepting', 1, seconds),
      rawAlone: () => world.publishRaw('single', 1, seconds, bench.signal),
    });
    const drain = await measureDrain(world, bench);
    bench.say('events: one at a time');
    const toOutput = summarizeTimes(await timesToEnd(world, singles));
    bench.say('events: puts of the object store alone');
    return { ...together, ...alone, drained: drain, rawPutsPerSecond: await measurePuts(drained), toOutput };
  },
  tables: (result) => [acceptTable(result), runTable(result)],
});

/** Each once in each round; the medians of the rounds. */
async function inRounds<Name extends string>(
  rounds: number,
  { say }: Bench,
  acts: Readonly<Record<Name, () => Promise<{ requestsPerSecond: number; p50Ms: number; p99Ms: number }>>>,
): Promise<Record<Name, Rate>> {
  const runs = new Map<Name, Rate[]>();
  for (let round = 1; round <= rounds; round++) {
    for (const name of Object.keys(acts) as Name[]) {
      say(`events: ${name}, round ${round} of ${rounds}`);
      const { requestsPerSecond: perSecond, p50Ms, p99Ms } = await acts[name]();
      runs.set(name, [...(runs.get(name) ?? []), { perSecond, p50Ms, p99Ms }]);
    }
  }
  return Object.fromEntries([...runs].map(([name, of]) => [name, medianOf(of)])) as Record<Name, Rate>;
}

function medianOf(rates: readonly Rate[]): Rate {
  const of = (key: keyof Rate): number => median(rates.map((rate) => rate[key]));
  return { perSecond: of('perSecond'), p50Ms: of('p50Ms'), p99Ms: of('p99Ms') };
}

/** What was accepted while the function was paused runs. */
async function measureDrain(world: EventsWorld, { say, signal }: Bench): Promise<z.output<typeof schema>['drained']> {
  await world.setPaused('running', true);
  await world.sendWebhooks('running', CONNECTIONS, 1);
  const waiting = await world.pending('running');
  say(`events: running ${waiting}`);
  const startedAt = performance.now();
  await world.setPaused('running', false);
  await world.untilNonePends('running', signal);
  return { events: waiting, perSecond: waiting / ((performance.now() - startedAt) / 1_000) };
}

const statusSchema = z.object({ acceptedAt: z.string(), endedAt: z.string().nullable() });

/** By the gateway's own clock, which is this machine's. */
async function timesToEnd({ platform }: EventsWorld, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const headers = { prefer: 'respond-async', 'idempotency-key': randomUUID() };
    const sentAt = Date.now();
    const response = await platform.call('/fn/running/', { method: 'POST', body: '{"type":"a"}', headers });
    const { status } = (await response.json()) as { status: string };
    times.push((await endOf(platform, status)) - sentAt);
  }
  return times;
}

async function endOf(platform: EventsWorld['platform'], status: string): Promise<number> {
  for (;;) {
    const { endedAt } = statusSchema.parse(await (await platform.call(status)).json());
    if (endedAt !== null) return Date.parse(endedAt);
  }
}

/** Objects as small as the outputs, on a MinIO of its own. */
async function measurePuts(count: number): Promise<number> {
  await using minio = await startMinio();
  const { host, port, accessKey, secretKey } = minio.endpoint;
  const store = openStore({ host, port, tls: false, accessKey, secretKey });
  await store.ensureBucket(BUCKET);
  await putAll(store, Math.min(count, 200));
  const startedAt = performance.now();
  await putAll(store, count);
  return count / ((performance.now() - startedAt) / 1_000);
}

async function putAll(store: ObjectStore, count: number): Promise<void> {
  const body = Buffer.alloc(PUT_BYTES, 'x');
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await store.put(BUCKET, `o/${next++}`, body);
  };
  await Promise.all(Array.from({ length: PUTS_AT_ONCE }, worker));
}

function acceptTable({ accepted, rawSingle, rawBatch, acceptedAlone, rawAlone }: z.output<typeof schema>) {
  const row = (title: string, rate: Rate, to: Rate): string[] => [
    title,
    showRate(rate.perSecond),
    showMs(rate.p50Ms),
    showMs(rate.p99Ms),
    showRatio(rate.perSecond / to.perSecond),
  ];
  return {
    title: 'Durable events accepted (webhook, 1 KB, verified; every write synced)',
    columns: ['', 'events/s', 'p50', 'p99', 'to single publishes'],
    rows: [
      row(`sovfn, ${CONNECTIONS} connections`, accepted, rawSingle),
      row(`JetStream, single publishes, ${CONNECTIONS} in flight`, rawSingle, rawSingle),
      row(`JetStream, atomic batches of ${BATCH_MESSAGES} messages`, rawBatch, rawSingle),
      row('sovfn, 1 connection', acceptedAlone, rawAlone),
      row('JetStream, single publishes, 1 in flight', rawAlone, rawAlone),
    ],
    notes: [],
  };
}

function runTable({ drained, rawPutsPerSecond, toOutput }: z.output<typeof schema>) {
  return {
    title: 'Durable events run, with their outputs in the object store',
    columns: ['', 'per second', 'to puts', 'p50', 'p99'],
    rows: [
      [
        `${drained.events} events that waited`,
        showRate(drained.perSecond),
        showRatio(drained.perSecond / rawPutsPerSecond),
        '',
        '',
      ],
      [`MinIO alone, puts, ${PUTS_AT_ONCE} at once`, showRate(rawPutsPerSecond), showRatio(1), '', ''],
      ['one at a time, from the call to the kept output', '', '', showMs(toOutput.p50Ms), showMs(toOutput.p99Ms)],
    ],
    notes: [],
  };
}
