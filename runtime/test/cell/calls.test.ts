import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CellHarness, startCell } from './cell-harness.ts';

let cell: CellHarness;
beforeAll(async () => {
  cell = await startCell();
});
afterAll(() => cell[Symbol.asyncDispose]());

test('a function answers with status, headers and body, and says who ran it and what it used', async () => {
  await cell.deploy(
    'hello',
    `async fetch(request, env) {
    return new Response(env.GREETING + ' ' + new URL(request.url).pathname, { status: 201, headers: { 'X-Own': 'yes' } });
  }`,
  );
  const answer = await cell.call('hello', { url: 'http://localhost/a/b?c=d' });
  expect(answer).toMatchObject({ status: 201, outcome: 'ok' });
  expect(answer.body.toString()).toBe('bonjour /a/b');
  expect(answer.headers).toContain('x-own\nyes\n');
  expect(answer.last).toMatchObject({ node: 'node-1', cell: 'c1', complete: true });
  expect(answer.last.kind === 'answer' && answer.last.wallUs > 0).toBe(true);
});

test('the first call of an isolate says that it was cold, and no other does', async () => {
  await cell.deploy('first', `fetch() { return new Response('x'); }`);
  const answers = [await cell.call('first'), await cell.call('first')];
  expect(answers.map(({ last }) => last.kind === 'answer' && last.cold)).toEqual([true, false]);
});

test('a hundred calls at once, each with its own await, get their own answers', async () => {
  await cell.deploy(
    'echo',
    `async fetch(request) {
    const number = await request.text();
    await new Promise((resolve) => setTimeout(resolve, Number(number) % 7));
    return new Response(number);
  }`,
  );
  const numbers = Array.from({ length: 100 }, (_, index) => String(index));
  const answers = await Promise.all(numbers.map((number) => cell.call('echo', { body: Buffer.from(number) })));
  expect(answers.map((answer) => answer.body.toString())).toEqual(numbers);
});

test('a call whose time is over is refused without being run', async () => {
  const answer = await cell.call('echo', { body: Buffer.from('late'), remainingMs: 0 });
  expect(answer.outcome).toBe('expired');
});

test('a call over the concurrency limit is refused as not started', async () => {
  await cell.deploy(
    'narrow',
    `async fetch() { await new Promise((done) => setTimeout(done, 300)); return new Response('x'); }`,
    {
      concurrency: 2,
    },
  );
  const answers = await Promise.all([1, 2, 3].map(() => cell.call('narrow')));
  expect(answers.map((answer) => answer.outcome).toSorted()).toEqual(['not-started', 'ok', 'ok']);
});

test('a call that takes longer than a moment says who has it before it answers', async () => {
  await cell.deploy(
    'slow',
    `async fetch() { await new Promise((done) => setTimeout(done, 150)); return new Response('x'); }`,
  );
  const answer = await cell.call('slow');
  expect(answer.frames.map((frame) => frame.kind)).toEqual(['taken', 'answer']);
  expect(answer.frames[0]).toMatchObject({ node: 'node-1', cell: 'c1' });
});

test.each([
  ['throws', `fetch() { throw new TypeError('broken') }`, 'exception', 'TypeError', 'broken'],
  ['rejects', `async fetch() { throw new RangeError('later') }`, 'exception', 'RangeError', 'later'],
  ['throws null', `fetch() { throw null }`, 'exception', null, 'null'],
])('a function that %s ends with what it threw', async (_what, source, outcome, errorName, message) => {
  await cell.deploy('thrower', source);
  const answer = await cell.call('thrower');
  expect(answer.outcome).toBe(outcome);
  if (answer.last.kind !== 'failure') throw new Error(answer.last.kind);
  expect(answer.last.detail.message).toContain(message);
  if (errorName !== null) expect(answer.last.detail.errorName).toBe(errorName);
  expect((await cell.call('thrower')).outcome).toBe(outcome);
});

test.each([
  ['a string', `fetch() { return 'hello' }`],
  ['nothing', `async fetch() {}`],
  ['an object that looks like a Response', `fetch() { return { status: 200, headers: new Headers(), body: null } }`],
])('a function that returns %s ends as an invalid response', async (_what, source) => {
  await cell.deploy('wrong', source);
  expect((await cell.call('wrong')).outcome).toBe('invalid-response');
});

test('a module without a handler does not load, and says what is missing', async () => {
  const version = await cell.deploy('empty', `fetsh() {}`);
  const failed = await cell.parts.seen('load-failed', version);
  expect(failed).toMatchObject({ outcome: 'bad-bundle' });
  expect(failed.message).toContain('fetch, scheduled or queue');
});

test('a module that throws at its top level does not load, and says what it threw', async () => {
  const version = await cell.deploy(
    'topthrow',
    `const x = undefined; x.y;\nconst handler = {};\nexport{handler as default};\n`,
  );
  expect(await cell.parts.seen('load-failed', version)).toMatchObject({ outcome: 'bad-bundle' });
});

test('a module may wait at its top level', async () => {
  await cell.deploy(
    'waits',
    "const word = await new Promise((done) => setTimeout(() => done('later'), 20));\nconst handler = { fetch: () => new Response(word) };\nexport{handler as default};\n",
  );
  expect((await cell.call('waits')).body.toString()).toBe('later');
});

test('waitUntil work goes on after the answer, and the console reaches the log with the invocation', async () => {
  const logs = cell.logs('background');
  await cell.parts.gateway.flush();
  await cell.deploy(
    'background',
    `fetch(request, env, ctx) {
    console.log('before', { a: 1 });
    ctx.waitUntil(new Promise((done) => setTimeout(done, 30)).then(() => console.warn('after')));
    return new Response('sent');
  }`,
  );
  const answer = await cell.call('background');
  expect(answer.body.toString()).toBe('sent');
  await until(() => logs.length >= 2);
  expect(logs.map((event) => [event.level, event.text])).toEqual([
    ['info', 'before { a: 1 }'],
    ['warn', 'after'],
  ]);
  expect(logs[0]!.invocation).toMatch(/^[0-9a-z]{26}$/);
});

test('a rejection that nobody handles is logged and fails nothing', async () => {
  const logs = cell.logs('orphan');
  await cell.parts.gateway.flush();
  await cell.deploy('orphan', `fetch() { Promise.reject(new Error('nobody cares')); return new Response('fine'); }`);
  expect((await cell.call('orphan')).body.toString()).toBe('fine');
  await until(() => logs.some((event) => event.text.includes('nobody cares')));
  expect((await cell.call('orphan')).outcome).toBe('ok');
});

test('an evicted version is no longer served', async () => {
  const version = await cell.deploy('leaving', `fetch() { return new Response('x') }`);
  await cell.call('leaving');
  cell.parts.channel.send({ v: 1, type: 'evict', function: 'leaving', version });
  await cell.parts.seen('evicted', version);
  await expect(cell.call('leaving')).rejects.toThrow('nobody serves "leaving"');
});

test('a cell that loses its NATS connection ends by itself', async () => {
  await using own = await startCell();
  await own.parts.nats.kill();
  expect(await own.parts.exited).toEqual([0, null]);
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
