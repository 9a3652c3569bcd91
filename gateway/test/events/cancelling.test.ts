import { afterAll, beforeAll, expect, test } from 'vitest';
import { addressOf, OperatorBench } from './operator.ts';

let bench: OperatorBench;
beforeAll(async () => {
  bench = await OperatorBench.start();
});
afterAll(() => bench[Symbol.asyncDispose]());

const ANYTHING = { v: 1, trigger: null, source: null, from: null, to: null, before: null };

test('an event that waits is cancelled; one that has ended stays as it ended', async () => {
  const name = await bench.deploy();
  const [waiting, ended] = [await bench.accept(name), await bench.accept(name)];
  await bench.dispatcher.succeed(name, ended);
  expect(await bench.cancel(waiting)).toBe('cancelled');
  expect(await bench.cancel(waiting)).toBe('cancelled');
  expect(await bench.cancel(ended)).toBe('succeeded');
  expect(await bench.world.pending(name)).toEqual([]);
  expect((await bench.control.ask('GET', `/v1/events/${waiting}`)).json).toMatchObject({ state: 'cancelled' });
});

test('the events that wait are cancelled page by page, within the time that was asked for', async () => {
  const name = await bench.deploy();
  const accepted = await Promise.all(Array.from({ length: 105 }, async () => bench.accept(name)));
  const ids = accepted.toSorted();
  const path = `/v1/functions/${name}/events/cancel`;
  const cancel = async (asked: object) =>
    (await bench.control.ask('POST', path, { body: { ...ANYTHING, ...asked } })).json as {
      cancelled: { event: string; state: string }[];
      next: string | null;
    };
  expect((await cancel({ to: '2026-01-01T00:00:00Z' })).cancelled).toEqual([]);
  const first = await cancel({});
  expect(first.cancelled.map(({ event }) => event)).toEqual(ids.slice(5).toReversed());
  const second = await cancel({ before: first.next });
  expect(second.cancelled).toEqual(
    ids
      .slice(0, 5)
      .toReversed()
      .map((event) => ({ event, state: 'cancelled' })),
  );
  expect(await bench.world.pending(name)).toEqual([]);
}, 120_000);

test('while its events are paused none begins, and the list says since when; resumed, they run', async () => {
  const { bench: gateway } = bench.control;
  await gateway.serve({ name: 'held' }, (served) => served.answer('done'));
  const paused = await bench.control.ask('POST', '/v1/functions/held/events/pause');
  expect(paused.json).toEqual({ v: 1, function: 'held', isPaused: true });
  const { event } = await bench.world.accept('/fn/held/');
  const listed = (await bench.control.ask('GET', '/v1/functions/held/events')).json;
  expect(listed).toMatchObject({ events: [{ event, state: 'pending' }], pausedAt: expect.any(String) as string });
  expect(bench.dispatcher.dispatch.isPaused(addressOf('held'))).toBe(true);
  expect((await bench.control.ask('POST', '/v1/functions/held/events/resume')).json).toMatchObject({ isPaused: false });
  expect(await bench.world.ended('held', event)).toMatchObject({ state: 'succeeded' });
  expect((await bench.control.ask('GET', '/v1/functions/held/events')).json).toMatchObject({ pausedAt: null });
});

test('events of a function that is not deployed and never had any cannot be paused', async () => {
  expect(await bench.control.refused('POST', '/v1/functions/nobody/events/pause')).toMatchObject({
    ...{ status: 404, code: 'function-not-found' },
  });
});
