import { type LogEvent, logSubject } from '@sovfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Arrivals } from '../peers/arrivals.ts';
import { ControlBench, TOKEN } from './control-bench.ts';

const LINE: LogEvent = {
  v: 1,
  type: 'line',
  time: '2026-11-24T12:00:00.000Z',
  function: 'talks',
  version: '1'.repeat(64),
  invocation: '01k2v5w8q9xr3t7yb4n6m0zc1d',
  node: 'node-1',
  level: 'info',
  text: 'bonjour',
  outcome: null,
  cpuUs: null,
  wallUs: null,
  cold: null,
};
const SUBJECT = logSubject({ zone: 'fr', tenant: 'main', function: 'talks' });

let control: ControlBench;
beforeAll(async () => {
  control = await ControlBench.start();
  await control.bench.untilVisible(await control.bench.deploy({ name: 'talks' }));
});
afterAll(() => control[Symbol.asyncDispose]());

/** The blocks of the event stream, as text. The first is the comment that says that lines are seen from then on. */
async function follow(name = 'talks') {
  const leave = new AbortController();
  const response = await fetch(`${control.url}/v1/functions/${name}/logs?follow=true`, {
    headers: { authorization: `Bearer ${TOKEN}` },
    signal: leave.signal,
  });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const blocks = new Arrivals<string>();
  void (async () => {
    let rest = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      const parts = (rest + chunk).split('\n\n');
      rest = parts.pop()!;
      for (const part of parts) blocks.push(part);
    }
  })().catch(() => undefined);
  expect(await blocks.next()).toBe(': following');
  return { blocks, leave: () => leave.abort() };
}

async function publishing(): Promise<(...lines: readonly unknown[]) => Promise<void>> {
  const cell = await control.bench.cell('c-talks');
  return async (...lines) => {
    for (const line of lines) {
      cell.connection.publish(SUBJECT, Buffer.from(typeof line === 'string' ? line : JSON.stringify(line)));
    }
    await cell.connection.flush();
  };
}

const asEvent = (line: LogEvent) => `event: log\ndata: ${JSON.stringify(line)}`;

test('every line that is written while somebody follows arrives, in order', async () => {
  const { blocks, leave } = await follow();
  const publish = await publishing();
  const lines = Array.from({ length: 500 }, (_, i) => ({ ...LINE, text: `line ${i}\nwith a second part` }));
  await publish(...lines);
  for (const line of lines) expect(await blocks.next()).toBe(asEvent(line));
  leave();
});

test('what is no log line is left out, and the operator is told', async () => {
  const { blocks, leave } = await follow();
  const publish = await publishing();
  await publish('not json', { ...LINE, v: 2 }, { ...LINE, extra: 1 }, { ...LINE, text: 'after' });
  expect(await blocks.next()).toBe(asEvent({ ...LINE, text: 'after' }));
  expect(await control.bench.event('log-line-invalid')).toMatchObject({ tenant: 'main', function: 'talks' });
  leave();
});

test('two followers see the same, and each ends its subscription when it leaves', async () => {
  const subscriptions = async () => {
    const answer = await fetch(`${control.bench.nats.monitorUrl}/subsz?subs=1&test=${SUBJECT}`);
    return ((await answer.json()) as { subscriptions_list?: unknown[] }).subscriptions_list?.length ?? 0;
  };
  await expect.poll(subscriptions).toBe(0);
  const [one, two] = [await follow(), await follow()];
  expect(await subscriptions()).toBe(2);
  const publish = await publishing();
  await publish(LINE);
  expect([await one.blocks.next(), await two.blocks.next()]).toEqual([asEvent(LINE), asEvent(LINE)]);
  one.leave();
  two.leave();
  await expect.poll(subscriptions).toBe(0);
});

test('after the bus was away, the follower is told that lines may be missing, and goes on', async () => {
  const { blocks, leave } = await follow();
  await control.bench.nats.restart();
  expect(await blocks.next()).toBe('event: gap\ndata: {"v":1,"reason":"bus-disconnected","dropped":null}');
  const publish = await publishing();
  await publish(LINE);
  expect(await blocks.next()).toBe(asEvent(LINE));
  leave();
});

test('only following is possible, and only of a function that exists', async () => {
  expect(await control.refused('GET', '/v1/functions/talks/logs')).toMatchObject({ status: 400 });
  expect(await control.refused('GET', '/v1/functions/talk/logs?follow=true')).toMatchObject({
    code: 'function-not-found',
  });
});
