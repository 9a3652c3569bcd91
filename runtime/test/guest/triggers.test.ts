import { type BatchMessage, encodeBatch, makeInvocationIds } from '@sovfn/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CallInGuest, Guest, prelude, START } from './harness.ts';

const nextId = makeInvocationIds((size) => crypto.getRandomValues(new Uint8Array(size)));

type Written = string | Uint8Array | { readonly json: string };

function message(body: Written, more: Partial<BatchMessage> = {}): BatchMessage {
  const facts = { id: nextId(), timestamp: START - 1_000, attempts: 1 };
  if (typeof body === 'string') return { ...facts, contentType: 'text', bytes: Buffer.from(body), ...more };
  if (body instanceof Uint8Array) return { ...facts, contentType: 'bytes', bytes: body, ...more };
  return { ...facts, contentType: 'json', bytes: Buffer.from(body.json), ...more };
}

const batchOf = (...bodies: Written[]): Uint8Array =>
  encodeBatch({ queue: 'JOBS', messages: bodies.map((body) => message(body)) });

/** Runs `code` as the body of a queue handler over a batch, until its timers are done. */
function inQueue(code: string, batch = batchOf('a', 'b', 'c')): CallInGuest {
  using guest = new Guest();
  guest.install(`const handler = { async queue(batch, env, ctx) { ${code} } };`);
  const call = guest.dispatchBatch(batch);
  guest.fireTimers();
  return call;
}

/** What `code`, in a queue handler, throws: told by its failure. */
const seenIn = (code: string, batch?: Uint8Array): unknown =>
  JSON.parse(inQueue(`throw new Error(JSON.stringify(await (async () => {${code}})()))`, batch).failure!.message);

test('a scheduled handler gets the tick and the attempt, and the environment and context of any handler', () => {
  using guest = new Guest({ environment: { CURRENCY: 'EUR' } });
  guest.install(`let seen; class Jobs { name = 'jobs'; scheduled(controller, env, ctx) {
    seen = [this.name, controller.scheduledTime, controller.cron, controller.name, controller.attempt, env.CURRENCY, typeof ctx.waitUntil, arguments.length];
  } fetch() { return Response.json(seen) } } const handler = new Jobs();`);
  const call = guest.dispatchTick({ scheduledTime: START - 5, cron: '30 2 * * *', name: 'nightly', attempt: 3 });
  expect([call.isHandled, call.answer, call.failure]).toEqual([false, null, null].with(0, true));
  expect(guest.dispatch().json).toEqual(['jobs', START - 5, '30 2 * * *', 'nightly', 3, 'EUR', 'function', 3]);
});

test.each([
  ['resolves', `async scheduled() { await new Promise((resolve) => setTimeout(resolve, 10)) }`],
  ['returns nothing', `scheduled() {}`],
  ['returns something else than a promise', `scheduled() { return new Response('ignored') }`],
  ['returns a thenable', `scheduled() { return { then(resolve) { resolve() } } }`],
])('a scheduled handler that %s has succeeded', (_what, handler) => {
  using guest = new Guest();
  guest.install(`const handler = { ${handler} };`);
  const call = guest.dispatchTick();
  guest.fireTimers();
  expect([call.isHandled, call.failure, call.answer, call.invalid]).toEqual([true, null, null, null]);
});

test.each([
  ['throws', `scheduled() { throw new RangeError('no report') }`],
  ['rejects', `async scheduled() { await null; throw new RangeError('no report') }`],
  ['returns a thenable that throws', `scheduled() { return { then() { throw new RangeError('no report') } } }`],
  [
    'returns a thenable whose then cannot be read',
    `scheduled() { return { get then() { throw new RangeError('no report') } } }`,
  ],
])('a scheduled handler that %s has failed', (_what, handler) => {
  using guest = new Guest();
  guest.install(`const handler = { ${handler} };`);
  const call = guest.dispatchTick();
  expect([call.isHandled, call.failure?.name, call.failure?.message]).toEqual([false, 'RangeError', 'no report']);
  expect(call.failure?.stack).toContain('function.js');
});

test('noRetry is told at once, so that it counts however the call ends', () => {
  using guest = new Guest();
  guest.install(`const handler = { scheduled(controller) { controller.noRetry(); throw new Error('for good') } };`);
  expect(guest.dispatchTick()).toMatchObject({ isRetryDeclined: true, failure: { message: 'for good' } });
});

test('waitUntil keeps a call of scheduled after its handler has resolved', () => {
  using guest = new Guest();
  guest.install(`const handler = { scheduled(controller, env, ctx) {
    ctx.waitUntil(new Promise((resolve) => setTimeout(resolve, 10)));
  } };`);
  const call = guest.dispatchTick();
  expect(call).toMatchObject({ isHandled: true, isWaiting: true, hasWaited: false });
  guest.fireTimers();
  expect(call.hasWaited).toBe(true);
});

test('a batch has its queue, and messages with id, time, attempts and a body by content type', () => {
  const first = message({ json: '{"order":7,"lines":["é"]}' }, { attempts: 4 });
  const messages = [first, message('\ufeffplain é'), message(Uint8Array.of(0, 255, 128))];
  const seen = seenIn(
    `const [a, b, c] = batch.messages;
    return [batch.queue, a.id, a.timestamp instanceof Date, a.timestamp.toISOString(), a.attempts, a.body, b.body, c.body instanceof Uint8Array, [...c.body]];`,
    encodeBatch({ queue: 'JOBS', messages }),
  );
  const time = new Date(START - 1_000).toISOString();
  const bodies = [{ order: 7, lines: ['é'] }, '\ufeffplain é', true, [0, 255, 128]];
  expect(seen).toEqual(['JOBS', first.id, true, time, 4, ...bodies]);
});

test('a body is made once, and bytes are the message’s own', () => {
  const seen = seenIn(
    `const [a, b] = batch.messages; a.body.fill(9); const other = structuredClone(a.body, { transfer: [a.body.buffer] });
    return [a.body === a.body, [...other], [...b.body]];`,
    batchOf(Uint8Array.of(1, 2), Uint8Array.of(3, 4)),
  );
  expect(seen).toEqual([true, [9, 9], [3, 4]]);
});

test('a JSON body that is broken fails where it is read, and no other message', () => {
  const seen = seenIn(
    `return batch.messages.map((message) => { try { return message.body } catch (error) { return error.name } });`,
    batchOf({ json: '[1]' }, { json: '{"a":' }, 'text'),
  );
  expect(seen).toEqual([[1], 'SyntaxError', 'text']);
});

test.each([
  ['nothing is decided', ``, []],
  [
    'messages are decided one by one',
    `batch.messages[1].retry({ delaySeconds: 30 }); batch.messages[0].ack();`,
    ['1: 30', '0: ack'],
  ],
  [
    'a retry has no delay of its own',
    `batch.messages[2].retry(); batch.messages[1].retry({}); batch.messages[0].retry({ delaySeconds: 0 });`,
    ['2: retry', '1: retry', '0: 0'],
  ],
  ['all are acknowledged', `batch.ackAll()`, ['0: ack', '1: ack', '2: ack']],
  ['all shall come again', `batch.retryAll({ delaySeconds: 60 })`, ['0: 60', '1: 60', '2: 60']],
  ['a message is decided twice', `const [m] = batch.messages; m.ack(); m.retry(); m.ack();`, ['0: ack']],
  [
    'a message is decided twice, the other way round',
    `const [m] = batch.messages; m.retry(); m.ack(); m.retry({ delaySeconds: 5 });`,
    ['0: retry'],
  ],
  ['one is decided, then all', `batch.messages[1].retry(); batch.ackAll();`, ['1: retry', '0: ack', '2: ack']],
  [
    'all are decided, then one',
    `batch.retryAll(); batch.messages[1].ack(); batch.ackAll();`,
    ['0: retry', '1: retry', '2: retry'],
  ],
  [
    'it is decided after a wait',
    `await new Promise((resolve) => setTimeout(resolve, 10)); batch.messages[2].ack();`,
    ['2: ack'],
  ],
])('when %s, the host is told the first decision about each message', (_what, code, decisions) => {
  const call = inQueue(code);
  expect(call.decisions).toEqual(decisions);
  expect([call.isHandled, call.failure]).toEqual([true, null]);
});

test('a handler that throws has failed, and what it had decided counts', () => {
  const call = inQueue(
    `batch.messages[0].ack(); batch.messages[1].retry({ delaySeconds: 9 }); throw new Error('third is broken')`,
  );
  expect(call).toMatchObject({
    isHandled: false,
    decisions: ['0: ack', '1: 9'],
    failure: { message: 'third is broken' },
  });
});

test('a decision after the handler has resolved or failed changes nothing', () => {
  const late = `ctx.waitUntil(new Promise((resolve) => setTimeout(() => { batch.messages[0].retry(); batch.ackAll(); resolve(); }, 10)));`;
  expect(inQueue(late).decisions).toEqual([]);
  expect(inQueue(`${late} throw new Error('now')`).decisions).toEqual([]);
});

test.each([
  [`batch.messages[0].retry({ delaySeconds: 1.5 })`, 'TypeError', 'message.retry: delaySeconds must be a whole number'],
  [`batch.messages[0].retry({ delaySeconds: '5' })`, 'TypeError', 'message.retry: delaySeconds must be a whole number'],
  [`batch.retryAll({ delaySeconds: NaN })`, 'TypeError', 'batch.retryAll: delaySeconds must be a whole number'],
  [`batch.messages[0].retry(5)`, 'TypeError', 'message.retry: options is not an object'],
  [
    `batch.messages[0].retry({ delaySeconds: -1 })`,
    'RangeError',
    'message.retry: delaySeconds is -1; it must be 0 to 2592000 (30 days)',
  ],
  [
    `batch.retryAll({ delaySeconds: 2592001 })`,
    'RangeError',
    'batch.retryAll: delaySeconds is 2592001; it must be 0 to 2592000 (30 days)',
  ],
])('%s throws, and decides nothing', (code, name, text) => {
  const call = inQueue(code);
  expect([call.failure?.name, call.failure?.message, call.decisions]).toEqual([name, text, []]);
});

test.each([
  [
    'methods are replaced',
    `for (const m of batch.messages) { m.ack = m.retry = () => {}; m.isDecided = true } batch.ackAll();`,
  ],
  [
    'objects are frozen',
    `batch.messages.forEach(Object.freeze); Object.freeze(batch.messages); Object.freeze(batch); batch.ackAll();`,
  ],
  ['the list is emptied', `batch.messages.length = 0; batch.messages.push({ ack() { throw 1 } }); batch.ackAll();`],
  ['the list is sorted', `batch.messages.reverse(); batch.ackAll();`],
  [
    'prototypes are changed',
    `const proto = Object.getPrototypeOf(batch.messages[0]); proto.ack = () => { throw new Error('replaced') };
    Object.setPrototypeOf(batch.messages[1], null); Array.prototype[Symbol.iterator] = () => { throw new Error('iterated') };
    Array.prototype.forEach = Array.prototype.map = () => { throw new Error('called') }; batch.ackAll();`,
  ],
  [
    'a getter is put in the way',
    `Object.defineProperty(batch, 'messages', { get() { throw new Error('read') } }); batch.ackAll();`,
  ],
])('ackAll acknowledges every message when %s', (_what, code) => {
  const call = inQueue(code);
  expect([call.failure, call.decisions, call.isHandled]).toEqual([null, ['0: ack', '1: ack', '2: ack'], true]);
});

test('members cannot be used on other objects, and the classes cannot be constructed', () => {
  const seen = seenIn(`const message = batch.messages[0]; const errors = [];
    const tries = [() => message.ack.call({}), () => batch.ackAll.call(message), () => Reflect.get(Object.getPrototypeOf(message), 'body'),
      () => new message.constructor(), () => new batch.constructor(Symbol('internal'), 'x', [], [])];
    for (const attempt of tries) try { attempt(); errors.push('none') } catch (error) { errors.push(error.name) }
    return [errors, Object.keys(message), JSON.stringify(message), Object.prototype.toString.call(batch), Object.prototype.toString.call(message)];`);
  expect(seen).toEqual([new Array(5).fill('TypeError'), [], '{}', '[object MessageBatch]', '[object Message]']);
});

test('what a handler returns is not looked at: a getter or a proxy says nothing', () => {
  expect(
    inQueue(`return { get status() { throw new Error('read') }, get body() { throw new Error('read') } }`),
  ).toMatchObject({ isHandled: true, failure: null });
  expect(inQueue(`return new Proxy(new Response('x'), {})`)).toMatchObject({ isHandled: true, failure: null });
});

test('a batch that comes in pieces is gathered before its handler runs', () => {
  using guest = new Guest();
  guest.install(
    `const handler = { queue(batch) { console.log(batch.messages.map((m) => m.body.length).join()); batch.ackAll() } };`,
  );
  const batch = batchOf('a'.repeat(5_000), 'b'.repeat(70_000), 'c');
  const call = guest.dispatchBatch(batch.subarray(0, 2), true);
  for (let at = 2; at < batch.length; at += 30_000) {
    expect([call.isHandled, call.pendingRead === null, guest.logs]).toEqual([false, false, []]);
    const operation = call.pendingRead;
    call.pendingRead = null;
    guest.deliver(call, operation, batch.subarray(at, at + 30_000));
  }
  guest.deliver(call, call.pendingRead);
  expect(guest.logs).toEqual(['5000,70000,1']);
  expect(call).toMatchObject({ isHandled: true, decisions: ['0: ack', '1: ack', '2: ack'] });
});

test('a streamed batch whose call ends before it has come never reaches its handler', () => {
  using guest = new Guest();
  guest.install(`const handler = { queue() { console.log('ran') } };`);
  const batch = batchOf('a');
  const call = guest.dispatchBatch(batch.subarray(0, 5), true);
  const operation = call.pendingRead;
  guest.enter('abort', [call.number, 'the caller has gone away']);
  guest.deliver(call, operation, batch.subarray(5));
  expect([guest.logs, call.isHandled, call.failure, guest.errors, guest.orphans]).toEqual([[], false, null, [], []]);
});

test('damaged bytes fail the call, or give messages of the agreed form; the next call runs', () => {
  using guest = new Guest();
  guest.install(
    `const handler = { queue(batch) { for (const m of batch.messages) { try { m.body } catch {} [m.id, +m.timestamp, m.attempts] } } };`,
  );
  fc.assert(
    fc.property(fc.nat(), fc.nat(255), fc.nat(), fc.boolean(), (at, value, length, isStreamed) => {
      const whole = batchOf({ json: '{"a":1}' }, 'text', Uint8Array.of(1, 2, 3));
      const damaged = whole.slice(0, length % 3 === 0 ? length % whole.length : whole.length);
      if (damaged.length > 0) damaged[at % damaged.length] = value;
      const call = guest.dispatchBatch(damaged, isStreamed);
      if (isStreamed) guest.deliver(call, call.pendingRead);
      if (isStreamed && call.pendingRead !== null) guest.deliver(call, call.pendingRead);
      if (call.failure !== null) {
        expect(call.failure.message).toBe(`The platform gave a batch of ${damaged.length} bytes that cannot be read`);
      }
      expect(call.isHandled).toBe(call.failure === null);
    }),
    { numRuns: 300 },
  );
  expect(guest.dispatchBatch(batchOf('a')).isHandled).toBe(true);
});

test('a call of fetch evaluates nothing of the other handlers', () => {
  const asked: string[] = [];
  const partText = (name: string): string => {
    asked.push(name);
    return prelude.parts[name]!;
  };
  using guest = new Guest({ operations: { partText } });
  guest.install(`const handler = { fetch: () => new Response('x'), queue() {}, scheduled() {} };`);
  expect([guest.handlers, guest.dispatch().text, asked]).toEqual(['fetch,scheduled,queue', 'x', []]);
  guest.dispatchTick();
  expect(asked).toEqual(['triggers']);
});
