import { afterAll, beforeAll, expect, test } from 'vitest';
import { BacklogReader, IN_TURN } from '../../src/metrics/backlog/backlog-reader.ts';
import { EventWorld } from '../events/event-world.ts';
import { addressOf, send } from '../events/queue-world.ts';
import { GatewayBench, TENANT, ZONE } from '../peers/gateway-bench.ts';

const FUNCTIONS = Array.from({ length: IN_TURN + 2 }, (_, index) => `f-${index}`);

let world: EventWorld;
const parts = new AsyncDisposableStack();
beforeAll(async () => {
  world = parts.use(await EventWorld.open(parts.use(await GatewayBench.start())));
  // None of them has queues, so nobody takes the messages.
  await Promise.all(FUNCTIONS.map(async (name) => send(world, name, 'x')));
  await send(world, 'f-0', 'x');
});
afterAll(() => parts.disposeAsync());

const open = (mostListed: number): Promise<BacklogReader> =>
  BacklogReader.open({
    ...{ connection: world.connection, zones: [ZONE], mostListed, lookMs: 0 },
    functionsOf: () => FUNCTIONS.map(addressOf),
  });
const countsOf = async (reader: BacklogReader): Promise<(number | null)[]> => {
  const backlog = await reader.read();
  return FUNCTIONS.map((name) => backlog.get(`${TENANT}.${name}`)?.messages?.count ?? null);
};

test('what waits is counted for each function, with the age of the oldest', async () => {
  const reader = await open(1_000);
  expect(await countsOf(reader)).toEqual(FUNCTIONS.map((name) => (name === 'f-0' ? 2 : 1)));
  const { oldestAt } = (await reader.read()).get(`${TENANT}.f-0`)!.messages!;
  expect(Math.abs(Date.now() - oldestAt!)).toBeLessThan(3_600_000);
});

test('when too much waits to be listed, functions are counted in turn, and keep their numbers meanwhile', async () => {
  const reader = await open(1);
  const first = await countsOf(reader);
  expect(first).toEqual(FUNCTIONS.map((name, index) => (index >= IN_TURN ? null : name === 'f-0' ? 2 : 1)));
  expect(await countsOf(reader)).toEqual(FUNCTIONS.map((name) => (name === 'f-0' ? 2 : 1)));
});
