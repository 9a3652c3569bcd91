import { afterEach, beforeEach, expect, test } from 'vitest';
import { CallBench, targetOf } from '../peers/call-bench.ts';
import { Arrivals } from '../peers/arrivals.ts';

let bench: CallBench;
let states: Arrivals<boolean>;
beforeEach(async () => {
  bench = await CallBench.start();
  states = new Arrivals();
  bench.wire.onState((isConnected) => states.push(isConnected));
});
afterEach(() => bench[Symbol.asyncDispose]());

test('while the bus is away a new call is refused at once, and works again when it is back', async () => {
  await bench.nats.kill();
  expect(await states.next()).toBe(false);
  expect(() => bench.start(targetOf('any'))).toThrow('the messaging bus (NATS) is not reachable');
  await bench.nats.restart();
  expect(await states.next()).toBe(true);
  const cell = await bench.peer('c-again');
  await cell.serve(targetOf('again'), (served) => served.answer('back'));
  expect(await bench.start(targetOf('again')).text()).toBe('back');
});

test('a call in flight whose cell went down with the bus ends as cell-lost once nobody claims it', async () => {
  const cell = await bench.peer('c-lost');
  await cell.serve(targetOf('lost'), (served) => served.taken());
  const call = bench.start(targetOf('lost', 60_000));
  await cell.calls.next();
  await bench.nats.restart();
  const failure = await call.failure();
  expect(failure.outcome).toBe('cell-lost');
  expect(failure.isOwn).toBe(true);
});

test('calls in flight end when the bus stays away', async () => {
  const cell = await bench.peer('c-away');
  await cell.serve(targetOf('away'));
  const call = bench.start(targetOf('away', 60_000));
  await cell.calls.next();
  await bench.nats.kill();
  expect((await call.failure()).detail.message).toBe('the bus was away for more than 2000 ms while the call ran');
});

test('a response that streams when the bus is lost ends at once', async () => {
  const cell = await bench.peer('c-stream');
  await cell.serve(targetOf('stream'), (served) => served.answerStreamed());
  const call = bench.start(targetOf('stream', 60_000));
  await call.heads.next();
  await bench.nats.kill();
  expect((await call.failure()).code).toBe('stream-lost');
});
