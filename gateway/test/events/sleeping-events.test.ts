import { type MinioServer, startMinio } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GatewayBench } from '../peers/gateway-bench.ts';
import { startEventStage } from './event-stage.ts';

type Deployed = Parameters<GatewayBench['deploy']>[0];

interface Sleep {
  readonly what: string;
  readonly config: Deployed;
  readonly isServed: boolean;
  readonly headers: (event: number) => Record<string, string>;
}

const RUNS = 2;
/** More than the gateway runs at once. */
const MANY = 6;
const ASLEEP = 'asleep';
const RATE = { ratePerSecond: 0.01, concurrency: MANY, deadLetters: true };
const LATER = { attempts: 3, minDelay: '1h', maxDelay: '1h', rules: [] };
const none = (): Record<string, string> => ({});
/** A key of its own for each. */
const ordered = (event: number): Record<string, string> => ({ 'sovfn-ordering-key': `key-${event}` });

const SLEEPS: readonly Sleep[] = [
  { what: 'have no node', config: { name: ASLEEP }, isServed: false, headers: none },
  { what: 'have a rate', config: { name: ASLEEP, events: RATE }, isServed: true, headers: none },
  { what: 'wait for their next turn', config: { name: ASLEEP, retry: LATER }, isServed: true, headers: ordered },
];

let minio: MinioServer;
beforeAll(async () => {
  minio = await startMinio();
});
afterAll(() => minio[Symbol.asyncDispose]());

test.concurrent.each(SLEEPS)(
  'events that $what take no place from those that can run',
  async ({ config, isServed, headers }) => {
    await using stage = await startEventStage({ store: minio.endpoint, config: { runningEvents: RUNS } });
    const { bench, world } = stage;
    if (isServed) await bench.serve(config, (served) => served.answer('not now', { status: 503 }));
    else await bench.untilVisible(await bench.deploy(config));
    for (let event = 0; event < MANY; event++) await world.accept(`/fn/${ASLEEP}/`, { headers: headers(event) });
    await bench.serve({ name: 'awake' }, (served) => served.answer('done'));
    const { event } = await world.accept('/fn/awake/');
    expect((await world.ended('awake', event)).state).toBe('succeeded');
    expect((await world.pending(ASLEEP)).length).toBeGreaterThan(RUNS);
  },
);
