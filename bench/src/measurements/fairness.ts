/** Does a function that is flooded with events delay those of others? Many functions, one event each, without and with a flood. */
import { setTimeout as delay } from 'node:timers/promises';
import { startPlatform, type TestPlatform } from '@sovfn/testkit';
import { z } from 'zod';
import type { Bench } from '../bench.ts';
import { helloNumber } from '../functions/sources.ts';
import { showMs, showRatio } from '../report/figures.ts';
import { latencySchema, summarizeTimes } from './latency.ts';
import { defineMeasurement } from './measurement.ts';

const FLOODED = 'flooded';
/** Work of some milliseconds, so that what was sent waits. */
const FLOODED_CODE = `export default { async fetch() {
  await new Promise((done) => setTimeout(done, 5));
  return new Response('ok');
} };\n`;
const DEPLOYS_AT_ONCE = 4;
/** Between two events of the others. Milliseconds. */
const PACE_MS = 20;
const SENDERS = 32;

const schema = z.strictObject({
  functions: z.int(),
  flood: z.int(),
  alone: latencySchema,
  besideFlood: latencySchema,
  p99Ratio: z.number(),
});

export const fairness = defineMeasurement({
  name: 'fairness',
  schema,
  async measure(bench) {
    await using platform = await startPlatform();
    const { functions, flood } = bench.settings.fairness;
    await deployAll(platform, functions, bench);
    bench.say('fairness: warming up');
    await timesToEnd(platform, functions, bench);
    bench.say('fairness: alone');
    const alone = summarizeTimes(await timesToEnd(platform, functions, bench));
    bench.say(`fairness: beside ${flood} events of one function`);
    const flooding = sendFlood(platform, flood);
    const besideFlood = summarizeTimes(await timesToEnd(platform, functions, bench));
    await flooding;
    return { functions, flood, alone, besideFlood, p99Ratio: besideFlood.p99Ms / alone.p99Ms };
  },
  tables: ({ functions, flood, alone, besideFlood, p99Ratio }) => [
    {
      title: `Events of ${functions} functions, from acceptance to the end`,
      columns: ['', 'events', 'p50', 'p99', 'p99 to alone'],
      rows: [
        ['alone', String(alone.count), showMs(alone.p50Ms), showMs(alone.p99Ms), showRatio(1)],
        [
          `while one more function has ${flood} events`,
          ...[String(besideFlood.count), showMs(besideFlood.p50Ms), showMs(besideFlood.p99Ms), showRatio(p99Ratio)],
        ],
      ],
      notes: [],
    },
  ],
});

const nameOf = (number: number): string => `quiet-${number}`;

async function deployAll(platform: TestPlatform, count: number, { say, signal }: Bench): Promise<void> {
  await platform.deploy({ name: FLOODED, code: FLOODED_CODE });
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      signal.throwIfAborted();
      const number = next++;
      if (number % 100 === 0) say(`fairness: deploying ${number} of ${count}`);
      await platform.deploy({ name: nameOf(number), code: helloNumber(number) });
    }
  };
  await Promise.all(Array.from({ length: DEPLOYS_AT_ONCE }, worker));
}

const acceptedSchema = z.object({ status: z.string() });
const statusSchema = z.object({ acceptedAt: z.string(), endedAt: z.string().nullable() });

/** One event of each function, sent at an even pace; by the gateway's own clock. */
async function timesToEnd(platform: TestPlatform, count: number, { signal }: Bench): Promise<number[]> {
  const waiting: Promise<string>[] = [];
  for (let number = 0; number < count; number++) {
    waiting.push(accept(platform, nameOf(number)));
    await delay(PACE_MS, undefined, { signal });
  }
  const times: number[] = [];
  for (const status of await Promise.all(waiting)) times.push(await timeOf(platform, status, signal));
  return times;
}

async function accept(platform: TestPlatform, name: string): Promise<string> {
  const response = await platform.call(`/fn/${name}/`, { method: 'POST', headers: { prefer: 'respond-async' } });
  return acceptedSchema.parse(await response.json()).status;
}

async function timeOf(platform: TestPlatform, path: string, signal: AbortSignal): Promise<number> {
  for (;;) {
    const { acceptedAt, endedAt } = statusSchema.parse(await (await platform.call(path)).json());
    if (endedAt !== null) return Date.parse(endedAt) - Date.parse(acceptedAt);
    await delay(PACE_MS, undefined, { signal });
  }
}

async function sendFlood(platform: TestPlatform, count: number): Promise<void> {
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await accept(platform, FLOODED);
  };
  await Promise.all(Array.from({ length: SENDERS }, worker));
}
