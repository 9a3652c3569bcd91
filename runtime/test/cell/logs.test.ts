import {
  encodeBatch,
  LOG_BURST_BYTES,
  LOG_LINE_BYTES,
  makeInvocationIds,
  SILENT_ENDS_PER_SECOND,
} from '@sovfn/protocol';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CellHarness, startCell } from './cell-harness.ts';

let cell: CellHarness;
beforeAll(async () => {
  cell = await startCell();
});
afterAll(() => cell[Symbol.asyncDispose]());

/** Everything that a function logs from now on. */
async function listen(name: string) {
  const [lines, endings, batches] = [cell.logs(name), cell.endings(name), cell.logBatches(name)];
  await cell.parts.gateway.flush();
  return { lines, endings, batches };
}

const newId = makeInvocationIds((size) => randomBytes(size));

test('a call ends with an entry: how, with which status, and what it used', async () => {
  const { lines, endings } = await listen('ends');
  await cell.deploy('ends', `fetch() { console.log('hi'); return new Response('x', { status: 201 }) }`);
  const url = 'http://localhost/a/b?token=secret';
  await cell.call('ends', { method: 'PUT', url, headers: ['x-a', 'b'] });
  await expect.poll(() => endings.length).toBe(1);
  const [ending] = endings;
  const facts = { zone: 'fr', function: 'ends', node: 'node-1', event: null, attempt: null };
  expect(ending).toMatchObject({ ...facts, level: 'info', text: '' });
  expect(ending!.version).toMatch(/^[0-9a-f]{64}$/);
  expect(ending!.end).toMatchObject({
    ...{ trigger: 'http', method: 'PUT', path: '/a/b', status: 201, outcome: 'ok', cold: true, omitted: 0, events: [] },
  });
  expect([ending!.end!.cpuUs > 0, ending!.end!.wallUs > 0]).toEqual([true, true]);
  expect(ending!.invocation).toMatch(/^[0-9a-z]{26}$/);
  expect(lines).toMatchObject([{ ...facts, text: 'hi', level: 'info', invocation: ending!.invocation }]);
});

test('each line of an event’s run says which event and which attempt it is', async () => {
  const { lines, endings } = await listen('runs');
  await cell.deploy(
    'runs',
    `async fetch() { console.log('one'); await null; console.error('two'); return new Response() }`,
  );
  const event = newId();
  const headers = ['x-forged', 'sovfn-event', 'sovfn-event', event, 'sovfn-attempt', '2'];
  await cell.call('runs', { trigger: 'async', headers });
  await expect.poll(() => endings.length).toBe(1);
  expect(lines.map(({ text, event: of, attempt }) => [text, of, attempt])).toEqual([
    ['one', event, 2],
    ['two', event, 2],
  ]);
  expect(endings[0]).toMatchObject({ event, attempt: 2, end: { trigger: 'async' } });
});

test('a caller cannot write an event into the log of its call', async () => {
  const { endings } = await listen('forged');
  await cell.deploy('forged', `fetch() { return new Response() }`);
  await cell.call('forged', { headers: ['x-a', 'sovfn-event', 'x-b', 'sovfn-events'] });
  await expect.poll(() => endings).toMatchObject([{ event: null, attempt: null, end: { events: [] } }]);
});

test('the end of a call for a batch of messages says which events it held', async () => {
  const { endings } = await listen('batched');
  await cell.deploy('batched', `queue(batch) { console.log(batch.messages.length) }`);
  const ids = [newId(), newId()];
  const messages = ids.map((id) => {
    return { id, timestamp: Date.now(), attempts: 1, contentType: 'text' as const, bytes: Buffer.from('x') };
  });
  const body = encodeBatch({ queue: 'JOBS', messages });
  await cell.call('batched', { trigger: 'queue', headers: ['sovfn-events', ids.join(',')], body });
  await expect.poll(() => endings).toMatchObject([{ event: null, end: { trigger: 'queue', events: ids } }]);
});

test.each([
  ['throws', `fetch() { throw new TypeError('no such order') }`, 'exception', /^TypeError: no such order\n +at /],
  ['uses too much CPU', `fetch() { for (;;); }`, 'exceeded-cpu', /cpu/i],
  ['never answers', `fetch() { return new Promise(() => undefined) }`, 'never-settled', /./],
])('a call that %s ends with its error, at level error', async (name, code, outcome, text) => {
  const fn = name.replaceAll(' ', '-').toLowerCase();
  const { endings } = await listen(fn);
  await cell.deploy(fn, code);
  await cell.call(fn);
  await expect.poll(() => endings.length).toBe(1);
  expect(endings[0]).toMatchObject({ level: 'error', end: { outcome, status: null } });
  expect(endings[0]!.text).toMatch(text);
});

test('a call that its caller leaves ends as canceled', async () => {
  const { endings } = await listen('left');
  await cell.deploy('left', `async fetch() { await new Promise((done) => setTimeout(done, 60_000)); }`);
  const call = await cell.start('left');
  await call.firstFrame;
  call.cancel();
  await expect.poll(() => endings).toMatchObject([{ level: 'warn', end: { outcome: 'canceled' } }]);
});

test('the entry comes after waitUntil work, whose lines come before it and whose CPU it counts', async () => {
  const { endings, batches } = await listen('later');
  await cell.deploy(
    'later',
    `fetch(request, env, ctx) {
      ctx.waitUntil(new Promise((done) => setTimeout(done, 60)).then(() => console.log('afterwards')));
      return new Response('x');
    }`,
  );
  await cell.call('later');
  await expect.poll(() => endings.length).toBe(1);
  const entries = batches.flatMap((batch) => batch.entries);
  expect(entries.map(({ text, end }) => [text, end?.outcome ?? null])).toEqual([
    ['afterwards', null],
    ['', 'ok'],
  ]);
});

test('of many calls that went well and logged nothing a few have an entry, and the others are counted', async () => {
  const { endings } = await listen('silent');
  await cell.deploy(
    'silent',
    `fetch(request) { if (request.url.endsWith('/x')) throw new Error('x'); return new Response('') }`,
  );
  const calls = SILENT_ENDS_PER_SECOND * 10;
  for (let call = 0; call < calls; call++) await cell.call('silent');
  await cell.call('silent', { url: 'http://localhost/x' });
  await expect.poll(() => endings.at(-1)?.end?.outcome).toBe('exception');
  const omitted = endings.reduce((sum, { end }) => sum + end!.omitted, 0);
  expect(endings.length + omitted).toBe(calls + 1);
  expect(endings.length).toBeGreaterThanOrEqual(SILENT_ENDS_PER_SECOND);
});

test('a call of the function’s owner has an entry, however many calls there are', async () => {
  const { endings } = await listen('mine');
  await cell.deploy('mine', `fetch() { return new Response('') }`);
  for (let call = 0; call < SILENT_ENDS_PER_SECOND * 2; call++) await cell.call('mine');
  await cell.call('mine', { method: 'PUT', headers: ['sovfn-caller', 'owner'] });
  await expect.poll(() => endings.at(-1)?.end?.method).toBe('PUT');
});

test('a long line is cut at a whole character, and says so', async () => {
  const { lines } = await listen('long');
  await cell.deploy('long', `fetch() { console.log('é'.repeat(20_000)); return new Response('') }`);
  await cell.call('long');
  await expect.poll(() => lines.length).toBe(1);
  expect(lines[0]!.text).toBe(`${'é'.repeat(LOG_LINE_BYTES / 2)}… (line cut at ${LOG_LINE_BYTES} bytes)`);
});

test('a version that logs faster than is kept loses lines, whose number is known, and no end of a call', async () => {
  const { lines, endings, batches } = await listen('flood');
  await cell.deploy(
    'flood',
    `fetch() { for (let i = 0; i < 15; i++) console.log('x'.repeat(16_000)); return new Response('') }`,
  );
  const calls = Math.ceil((LOG_BURST_BYTES * 4) / (15 * 16_000));
  for (let call = 0; call < calls; call++) await cell.call('flood');
  await expect.poll(() => endings.length).toBe(calls);
  const dropped = batches.reduce((sum, batch) => sum + batch.dropped, 0);
  expect(dropped).toBeGreaterThan(0);
  expect(lines.length + dropped).toBe(calls * 15);
  let next = 0;
  for (const { first, entries, dropped: behind } of batches) {
    expect(first).toBe(next);
    next += entries.length + behind;
  }
});
