/** The handlers `scheduled` and `queue` in a real cell, called as a gateway calls them. */
import {
  type BatchMessage,
  CHUNK_BYTES,
  decodeReport,
  encodeBatch,
  encodeScheduledCall,
  type HandlerReport,
  makeInvocationIds,
  NOTHING_REPORTED,
} from '@sovfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, type CellHarness, startCell } from './cell-harness.ts';

let cell: CellHarness;
beforeAll(async () => {
  cell = await startCell();
});
afterAll(() => cell[Symbol.asyncDispose]());

const nextId = makeInvocationIds((size) => crypto.getRandomValues(new Uint8Array(size)));
const TICK = { scheduledTime: 1_790_000_000_000, cron: '30 2 * * *', name: 'nightly', attempt: 2 };

function batchOf(...bodies: string[]): Uint8Array {
  return encodeBatch({ queue: 'JOBS', messages: bodies.map((body) => message(Buffer.from(body))) });
}

function message(bytes: Uint8Array): BatchMessage {
  return { id: nextId(), timestamp: Date.now(), attempts: 1, contentType: 'text', bytes };
}

const callQueue = (name: string, body = batchOf('a', 'b', 'c')): Promise<Answer> =>
  cell.call(name, { trigger: 'queue', url: 'queue:JOBS', body });

const tick = (name: string, body: Uint8Array = encodeScheduledCall(TICK)): Promise<Answer> =>
  cell.call(name, { trigger: 'schedule', url: `schedule:nightly`, body });

function report(parts: Partial<HandlerReport> = {}): HandlerReport {
  return { ...NOTHING_REPORTED, ...parts };
}

const ACK_FIRST = report({ acked: [0] });

function failureOf({ last }: Answer): { outcome: string; message: string; report: HandlerReport | null } {
  if (last.kind !== 'failure') throw new Error(`the call ended with ${last.kind}`);
  return { outcome: last.outcome, message: last.detail.message, report: last.report };
}

test('a tick runs the scheduled handler of a module that has no other, and is answered with 204', async () => {
  const logs = cell.logs('jobs');
  await cell.parts.gateway.flush();
  await cell.deploy(
    'jobs',
    `async scheduled({ scheduledTime, cron, name, attempt }, env) {
      await new Promise((done) => setTimeout(done, 5));
      console.log(JSON.stringify([scheduledTime, cron, name, attempt, env.GREETING]));
    }`,
  );
  const answer = await tick('jobs');
  expect([answer.outcome, answer.status, answer.body.length]).toEqual(['ok', 204, 0]);
  await expect.poll(() => logs.length).toBe(1);
  expect(JSON.parse(logs[0]!.text)).toEqual([...Object.values(TICK), 'bonjour']);
  expect(logs[0]!.invocation).toMatch(/^[0-9a-z]{26}$/);
});

test.each([
  ['http', 'no fetch handler, only scheduled and queue. Add a method async fetch(request, env, ctx) to it.'],
  ['service', 'no fetch handler, only scheduled and queue. Add a method async fetch(request, env, ctx) to it.'],
] as const)('a call of trigger %s of a module without its handler says what to add', async (trigger, message) => {
  await cell.deploy('no-fetch', `scheduled() {}, queue() {}`);
  expect(failureOf(await cell.call('no-fetch', { trigger }))).toMatchObject({
    outcome: 'bad-bundle',
    message: `The module's default export has ${message}`,
  });
});

test('ticks and batches of a module with fetch only say what to add, and its fetch works on', async () => {
  await cell.deploy('only-fetch', `fetch() { return new Response('hello') }`);
  expect(failureOf(await tick('only-fetch'))).toMatchObject({
    outcome: 'bad-bundle',
    message: `The module's default export has no scheduled handler, only fetch. Add a method async scheduled(controller, env, ctx) to it.`,
  });
  expect(failureOf(await callQueue('only-fetch'))).toMatchObject({
    outcome: 'bad-bundle',
    message: `The module's default export has no queue handler, only fetch. Add a method async queue(batch, env, ctx) to it.`,
  });
  expect((await cell.call('only-fetch')).body.toString()).toBe('hello');
});

test.each([
  ['decides nothing', ``, report()],
  ['acknowledges all', `batch.ackAll()`, report({ acked: [0, 1, 2] })],
  [
    'decides one by one',
    `batch.messages[2].retry({ delaySeconds: 90 }); batch.messages[1].retry(); batch.messages[0].ack()`,
    report({
      acked: [0],
      retried: [
        { position: 2, delaySeconds: 90 },
        { position: 1, delaySeconds: null },
      ],
    }),
  ],
])('a queue handler that %s is answered with 200 and its report', async (_what, code, expected) => {
  await cell.deploy('reporter', `async queue(batch) { ${code} }`);
  const answer = await callQueue('reporter');
  expect([answer.outcome, answer.status]).toEqual(['ok', 200]);
  expect(decodeReport(answer.body)).toEqual(expected);
});

test('a batch of a hundred messages with a decision about each is reported whole', async () => {
  await cell.deploy('hundred', `queue(batch) { batch.messages.forEach((m, i) => m.retry({ delaySeconds: i })) }`);
  const body = batchOf(...Array.from({ length: 100 }, (_, index) => `message ${index}`));
  const { retried } = decodeReport((await callQueue('hundred', body)).body);
  expect(retried).toEqual(retried.map((_, position) => ({ position, delaySeconds: position })));
  expect(retried).toHaveLength(100);
});

test('a batch of 12.5 MiB comes in pieces, and its handler sees it whole', async () => {
  await cell.deploy(
    'huge',
    `queue(batch) { batch.messages.forEach((m, i) => { if (m.body.length === 131072 && m.body[7] === String(i % 10)) m.ack() }) }`,
    { cpuMs: 2_000 },
  );
  const bodies = Array.from({ length: 100 }, (_, index) => message(Buffer.alloc(128 * 1024, String(index % 10))));
  const batch = encodeBatch({ queue: 'JOBS', messages: bodies });
  const call = await cell.start('huge', { trigger: 'queue', stream: chunksOf(batch) });
  expect(decodeReport((await call.answer).body).acked).toHaveLength(100);
});

function* chunksOf(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
}

test.each([
  ['throws', 'exception', `batch.messages[0].ack(); throw new RangeError('broken')`, 'broken'],
  ['rejects', 'exception', `batch.messages[0].ack(); await null; throw null`, 'null was thrown'],
  ['loops for ever', 'exceeded-cpu', `batch.messages[0].ack(); for (;;);`, 'cpuMs'],
  [
    'takes too long',
    'exceeded-wall-time',
    `batch.messages[0].ack(); await new Promise((done) => setTimeout(done, 60_000))`,
    'wallMs',
  ],
  [
    'waits for nothing',
    'never-settled',
    `batch.messages[0].ack(); await new Promise(() => {})`,
    'cannot happen any more',
  ],
  [
    'fills its memory',
    'exceeded-memory',
    `batch.messages[0].ack(); const all = []; for (;;) all.push(new Array(1e5).fill(all.length))`,
    'memoryMb',
  ],
])(
  'a queue handler that %s ends with %s, and what it acknowledged before is reported',
  async (_what, outcome, code, text) => {
    const limits = { cpuMs: outcome === 'exceeded-memory' ? 5_000 : 100, wallMs: 4_000, memoryMb: 32 };
    await cell.deploy('failing', `async queue(batch) { ${code} }, fetch() { return new Response('alive') }`, limits);
    const failure = failureOf(await callQueue('failing'));
    expect(failure).toMatchObject({ outcome, report: ACK_FIRST });
    expect(failure.message).toContain(text);
    expect((await cell.call('failing')).body.toString()).toBe('alive');
  },
);

test('a scheduled handler that fails and declines a retry says so in its failure', async () => {
  await cell.deploy('final', `scheduled(controller) { controller.noRetry(); throw new TypeError('no such table') }`);
  expect(failureOf(await tick('final'))).toMatchObject({ outcome: 'exception', report: report({ isFinal: true }) });
});

test('a failure of fetch brings no report', async () => {
  await cell.deploy('plain', `fetch() { throw new Error('x') }`);
  expect(failureOf(await cell.call('plain')).report).toBeNull();
});

test('waitUntil work of a queue handler goes on after the answer, and decisions in it count for nothing', async () => {
  const logs = cell.logs('after');
  await cell.parts.gateway.flush();
  await cell.deploy(
    'after',
    `queue(batch, env, ctx) {
      ctx.waitUntil((async () => { await new Promise((done) => setTimeout(done, 20)); batch.retryAll(); console.log('afterwards'); })());
      batch.messages[0].ack();
    }`,
  );
  expect(decodeReport((await callQueue('after')).body)).toEqual(ACK_FIRST);
  await expect.poll(() => logs.map((line) => line.text)).toEqual(['afterwards']);
});

test.each([
  ['nothing', new Uint8Array()],
  ['no batch', Buffer.from('batch')],
  ['a batch without its end', batchOf('abcdef').subarray(0, -1)],
])('a queue call whose body is %s fails without running the handler, and the next one runs', async (_what, body) => {
  await cell.deploy('damaged', `queue(batch) { batch.ackAll() }`);
  const failure = failureOf(await callQueue('damaged', body));
  expect(failure).toEqual({
    outcome: 'exception',
    message: `The platform gave a batch of ${body.length} bytes that cannot be read`,
    report: null,
  });
  const streamed = await cell.start('damaged', { trigger: 'queue', stream: [body] });
  expect(failureOf(await streamed.answer).message).toContain('cannot be read');
  expect(decodeReport((await callQueue('damaged')).body).acked).toEqual([0, 1, 2]);
});

test('a schedule call whose body cannot be read, or comes in pieces, is the platform’s failure', async () => {
  await cell.deploy('unread', `scheduled() {}`);
  const expected = { outcome: 'internal-error', report: null };
  expect(failureOf(await tick('unread', Buffer.from('{"v":1}')))).toMatchObject(expected);
  const streamed = await cell.start('unread', { trigger: 'schedule', stream: [encodeScheduledCall(TICK)] });
  expect(failureOf(await streamed.answer)).toMatchObject(expected);
  expect((await tick('unread')).status).toBe(204);
});

test('calls of all three handlers run at the same time in one isolate', async () => {
  const wait = `await new Promise((done) => setTimeout(done, 30));`;
  await cell.deploy(
    'all',
    `inside: 0, most: 0,
    async in(work) { this.most = Math.max(this.most, ++this.inside); ${wait} this.inside--; return work?.() },
    fetch(request) { return this.in(() => new Response(String(this.most))) },
    scheduled() { return this.in() },
    queue(batch) { return this.in(() => batch.messages[0].ack()) }`,
  );
  const [first, ticked, queued] = await Promise.all([cell.call('all'), tick('all'), callQueue('all')]);
  expect([first.status, ticked.status, decodeReport(queued.body).acked]).toEqual([200, 204, [0]]);
  expect(Number((await cell.call('all')).body.toString())).toBe(3);
});

test('a queue call whose caller goes away while its batch is coming is dropped, and the cell goes on', async () => {
  await cell.deploy('gone', `queue(batch) { batch.ackAll() }`);
  const call = await cell.start('gone', { trigger: 'queue', stream: endless() });
  await call.firstFrame;
  call.cancel();
  expect(decodeReport((await callQueue('gone')).body).acked).toEqual([0, 1, 2]);
});

function* endless(): Iterable<Uint8Array> {
  for (;;) yield Buffer.alloc(1_000, 1);
}
