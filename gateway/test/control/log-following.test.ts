/** A log that is followed. */
import { jetstreamManager } from '@nats-io/jetstream';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { TOKEN } from './control-bench.ts';
import { blocksOf, line, LogBench, TIME } from './log-bench.ts';

let log: LogBench;
beforeAll(async () => {
  log = await LogBench.start();
});
beforeEach(() => log.nextFunction());
afterAll(() => log[Symbol.asyncDispose]());

test('every entry that is written meanwhile arrives, in order', async () => {
  const { events, leave } = await log.follow();
  const lines = Array.from({ length: 500 }, (_, i) => line(`line ${i}\nwith a second part`));
  for (let first = 0; first < lines.length; first += 50) {
    await log.publish(log.batch(lines.slice(first, first + 50), { first }));
  }
  for (const entry of lines) expect((await events.next()).data).toEqual(log.shown(entry));
  leave();
});

test('what is no batch of the function is left out, and the operator is told', async () => {
  const { events, leave } = await log.follow();
  const other = log.batch([line('x')], { function: 'other' });
  await log.publish('not json', { ...log.batch([line('x')]), v: 2 }, { ...log.batch([]), extra: 1 }, other);
  await log.publish(log.batch([line('after')]));
  expect((await events.next()).data).toEqual(log.shown(line('after')));
  expect(await log.control.bench.event('log-batch-invalid')).toMatchObject({ tenant: 'main', function: log.name });
  leave();
});

test('entries that were dropped on the way leave a gap, with their number', async () => {
  const { events, leave } = await log.follow();
  await log.publish(log.batch([line('a'), line('b')]), log.batch([line('f')], { first: 5, dropped: 7 }));
  await log.publish(log.batch([line('n')], { first: 13 }), log.batch([], { first: 14, dropped: 2 }));
  await log.publish(
    log.batch([line('g')], { first: 0 }),
    log.batch([line('of another cell')], { first: 70, source: 'c-2' }),
  );
  const seen = [];
  for (let event = 0; event < 9; event++) seen.push((await events.next()).data);
  expect(seen).toMatchObject([
    { text: 'a' },
    { text: 'b' },
    { v: 1, reason: 'dropped', count: 3 },
    { text: 'f' },
    { reason: 'dropped', count: 7 },
    { text: 'n' },
    { reason: 'dropped', count: 2 },
    { text: 'g' },
    { text: 'of another cell' },
  ]);
  leave();
  expect((await log.history()).gaps).toEqual([
    { before: 2, count: 3 },
    { before: 3, count: 7 },
    { before: 4, count: 2 },
  ]);
});

test('a reader that comes back with its last id goes on behind it, whatever was logged meanwhile', async () => {
  const first = await log.follow();
  await log.publish(log.batch([line('1'), line('2'), line('3')]));
  await first.events.next();
  const { id } = await first.events.next();
  first.leave();
  await log.publish(log.batch([line('4')], { first: 3 }));
  const again = await log.follow(`&cursor=${encodeURIComponent(id!)}`);
  expect([(await again.events.next()).data, (await again.events.next()).data]).toMatchObject([
    { text: '3' },
    { text: '4' },
  ]);
  again.leave();
  const fromStart = await log.follow(`&cursor=${encodeURIComponent(first.start)}`);
  expect((await fromStart.events.next()).data).toMatchObject({ text: '1' });
  fromStart.leave();
});

test('a position that is gone is said, and reading goes on with what there is', async () => {
  await log.publish(log.batch([line('removed')]), log.batch([line('kept')], { first: 1 }));
  await log.untilStored(2);
  await using connection = await log.asController();
  await (await jetstreamManager(connection)).streams.purge('LOG_fr', { keep: 1 });
  for (const [cursor, reason] of [
    ['fr:1.0.0', 'expired'],
    ['fr:999999.0.0', 'bus-disconnected'],
  ]) {
    const { events, leave } = await log.follow(`&cursor=${cursor}`);
    const seen = [(await events.next()).data, (await events.next()).data];
    expect(seen).toMatchObject([{ reason, count: null }, { text: 'kept' }]);
    leave();
  }
  for (const cursor of ['fr', 'fr:1', 'fr:1.x.0', 'fr:1.0.0,', '*:1.0.0', 'fr:1.0.0 ']) {
    const path = `/v1/functions/${log.name}/logs?follow=true&cursor=${encodeURIComponent(cursor)}`;
    expect([cursor, (await log.control.refused('GET', path)).code]).toEqual([cursor, 'bad-request']);
  }
});

test('where the server has given numbers of lost messages to others, the reader gets those', async () => {
  await log.publish(log.batch([line('old'), line('new')]));
  await log.untilStored(2);
  const { events, leave } = await log.follow(`&since=${TIME}`);
  await events.next();
  const { id } = await events.next();
  leave();
  const [zoneAndSequence, skip, storedAt] = id!.split('.') as [string, string, string];
  const stale = `${zoneAndSequence}.${skip}.${Number(storedAt) - 1_000}`;
  const again = await log.follow(`&cursor=${stale}`);
  const seen = [(await again.events.next()).data, (await again.events.next()).data];
  expect(seen).toMatchObject([{ reason: 'bus-disconnected' }, { text: 'old' }]);
  again.leave();
});

test('after the bus was away, the follower goes on and is told that entries may be missing', async () => {
  const { events, leave } = await log.follow();
  await log.publish(log.batch([line('before')]));
  expect((await events.next()).data).toMatchObject({ text: 'before' });
  await log.restartBus('SIGKILL');
  await log.publish(log.batch([line('after')]));
  expect((await events.next()).data).toEqual({ v: 1, reason: 'bus-disconnected', count: null });
  const { id, data } = await events.next();
  expect(data).toMatchObject({ text: 'after' });
  leave();
  await log.restartBus('SIGKILL');
  const path = `/v1/functions/${log.name}/logs`;
  await expect.poll(async () => (await log.control.send('GET', path)).status, { timeout: 20_000 }).toBe(200);
  const again = await log.follow(`&cursor=${encodeURIComponent(id!)}`);
  await log.publish(log.batch([line('later')]));
  for (;;) {
    const { kind, data: next } = await again.events.next();
    if (kind === 'log') expect(next).toMatchObject({ text: 'later' });
    if (kind === 'log') break;
  }
  again.leave();
});

test('a reader that does not read holds up nothing, and gets everything once it reads', async () => {
  const response = await fetch(`${log.control.url}/v1/functions/${log.name}/logs?follow=true`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  const lines = Array.from({ length: 1_000 }, (_, i) => line(`${i} ${'x'.repeat(16_000)}`));
  for (const [first, entry] of lines.entries()) await log.publish(log.batch([entry], { first }));
  await log.untilStored(1_000, '?limit=1000');
  let seen = 0;
  for await (const block of blocksOf(response)) {
    if (block.startsWith('event: log')) expect(block).toContain(`"text":"${seen++} xxx`);
    if (seen === 1_000) break;
  }
  expect(seen).toBe(1_000);
});

test('a follower that leaves is forgotten by the bus', async () => {
  const consumers = async () => {
    const answer = await fetch(`${log.control.bench.nats.monitorUrl}/jsz?streams=1&consumers=1&accounts=1&config=1`);
    return (JSON.stringify(await answer.json()).match(new RegExp(`log\\.fr\\.main\\.${log.name}"`, 'g')) ?? []).length;
  };
  const [one, two] = [await log.follow(), await log.follow()];
  expect(await consumers()).toBeGreaterThan(0);
  one.leave();
  two.leave();
  await expect.poll(consumers, { timeout: 20_000 }).toBe(0);
});

test('of a function that does not exist nothing is followed', async () => {
  expect(await log.control.refused('GET', '/v1/functions/talk/logs?follow=true')).toMatchObject({
    code: 'function-not-found',
  });
});
