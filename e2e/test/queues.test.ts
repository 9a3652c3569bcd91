/** Queues on a whole platform: a function sends messages, and its own handler gets them. */
import { startPlatform, type TestPlatform } from '@sovfn/testkit';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startPlatform();
}, 120_000);
afterAll(() => platform[Symbol.asyncDispose]());

/** Notes each delivery in its kv binding, under the message's name and attempt. What a message asks for is in its body. */
const CODE = `
import type { Handler, KvNamespace, Queue } from 'sovfn';

interface Job { readonly name: string; readonly fails?: number; readonly delaySeconds?: number; readonly breaks?: boolean }
interface Env { readonly JOBS: Queue; readonly SLOW: Queue; readonly STATE: KvNamespace }

export default {
  async fetch(request, env) {
    if (request.method === 'POST') {
      const { queue = 'JOBS', messages } = await request.json();
      await env[queue as 'JOBS' | 'SLOW'].sendBatch(messages);
      return new Response('', { status: 202 });
    }
    const { keys } = await env.STATE.list();
    const seen = await Promise.all(keys.map((key) => env.STATE.get(key, 'json')));
    return Response.json(seen);
  },
  async queue(batch, env) {
    for (const message of batch.messages) {
      const job = message.body as Job | string;
      const { name, fails = 0, delaySeconds, breaks = false } = typeof job === 'string' ? { name: job } as Job : job;
      const { id, attempts } = message;
      const seen = { queue: batch.queue, size: batch.messages.length, id, name, attempts, at: Date.now(), sentAt: message.timestamp.getTime() };
      await env.STATE.put(name + '-' + attempts, JSON.stringify(seen));
      if (breaks) throw new Error('a message broke its batch');
      if (attempts <= fails) message.retry(delaySeconds === undefined ? {} : { delaySeconds });
      else message.ack();
    }
  },
} satisfies Handler<Env>;`;

interface Seen {
  readonly queue: string;
  readonly size: number;
  readonly id: string;
  readonly name: string;
  readonly attempts: number;
  readonly at: number;
  readonly sentAt: number;
}

const BINDINGS = {
  JOBS: { type: 'queue', batchSize: 10, batchWait: '300ms' },
  SLOW: { type: 'queue', batchSize: 2, batchWait: '60s' },
  STATE: { type: 'kv' },
};
const RETRY = { attempts: 3, minDelay: '100ms', maxDelay: '100ms' };

const deploy = (name: string, config: object = {}) =>
  platform.deploy({ name, code: CODE, config: { bindings: BINDINGS, retry: RETRY, ...config } });

async function sendAll(name: string, messages: readonly object[], queue = 'JOBS'): Promise<void> {
  const response = await platform.call(`/fn/${name}/`, { method: 'POST', body: JSON.stringify({ queue, messages }) });
  if (response.status !== 202) throw new Error(`${response.status}: ${await response.text()}`);
}

/** What the handler has seen, in order, once it is enough. */
async function untilSeen(name: string, deliveries: number): Promise<Seen[]> {
  for (;;) {
    const response = await platform.call(`/fn/${name}/`);
    const seen = (await response.json()) as Seen[];
    if (seen.length >= deliveries)
      return seen.toSorted((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)) || a.attempts - b.attempts);
    await delay(50);
  }
}

async function ask(path: string): Promise<unknown> {
  return (await platform.control(path)).json();
}

/** The function's events, once all of them have ended. */
/** Of one page of events. */
const MOST_LISTED = 200;

async function untilEnded(name: string, events: number) {
  for (;;) {
    const list = (await ask(`/v1/functions/${name}/events?limit=${MOST_LISTED}`)) as {
      events: { event: string; state: string; attempts: number }[];
    };
    const ended = list.events.filter(({ state }) => !['pending', 'running', 'waiting'].includes(state));
    if (ended.length >= events) return ended;
    await delay(50);
  }
}

test('messages that a function sends reach its queue handler with their bodies, each once', async () => {
  await deploy('sender');
  const letters = ['a', 'b', 'c', 'd', 'e'];
  await sendAll(
    'sender',
    letters.map((name, index) => ({ body: index % 2 === 0 ? { name } : name })),
  );
  const seen = await untilSeen('sender', 5);
  expect(seen.map(({ name, attempts, queue }) => [name, attempts, queue])).toEqual(
    letters.map((name) => [name, 1, 'JOBS']),
  );
  for (const { at, sentAt } of seen) expect(at).toBeGreaterThanOrEqual(sentAt - 1);
  const ended = await untilEnded('sender', 5);
  expect(ended.map(({ state, attempts }) => [state, attempts])).toEqual(new Array(5).fill(['succeeded', 1]));
});

test('a full batch does not wait', async () => {
  await deploy('full-batch');
  await sendAll('full-batch', [{ body: 'a' }, { body: 'b' }], 'SLOW');
  expect((await untilSeen('full-batch', 2)).map(({ size, queue }) => [size, queue])).toEqual([
    [2, 'SLOW'],
    [2, 'SLOW'],
  ]);
});

test('one message of a batch comes again after its delay, and the others do not', async () => {
  await deploy('retrying');
  await sendAll('retrying', [
    { body: { name: 'a' } },
    { body: { name: 'b', fails: 1, delaySeconds: 2 } },
    { body: { name: 'c' } },
  ]);
  const seen = await untilSeen('retrying', 4);
  expect(seen.map(({ name, attempts }) => [name, attempts])).toEqual([
    ['a', 1],
    ['b', 1],
    ['b', 2],
    ['c', 1],
  ]);
  const [first, second] = seen.filter(({ name }) => name === 'b') as [Seen, Seen];
  expect(second.id).toBe(first.id);
  expect(second.at - first.at).toBeGreaterThanOrEqual(2_000);
  expect((await untilEnded('retrying', 3)).map(({ state, attempts }) => [state, attempts]).toSorted()).toEqual([
    ['succeeded', 1],
    ['succeeded', 1],
    ['succeeded', 2],
  ]);
});

test('a message that is sent with a delay does not come before', async () => {
  await deploy('delayed');
  const sentAt = Date.now();
  await sendAll('delayed', [{ body: 'late', delaySeconds: 2 }, { body: 'now' }]);
  const [late, now] = await untilSeen('delayed', 2);
  expect(late!.at - sentAt).toBeGreaterThanOrEqual(2_000);
  expect(now!.at).toBeLessThan(late!.at);
});

test('a message whose handler always throws is a dead letter after the last attempt, and can be redriven', async () => {
  await deploy('dying');
  await sendAll('dying', [{ body: { name: 'broken', breaks: true } }]);
  const [ended] = await untilEnded('dying', 1);
  expect(ended).toMatchObject({ state: 'dead-lettered', attempts: 3 });
  const { letters } = (await ask('/v1/functions/dying/dead-letters')) as { letters: { event: string }[] };
  expect(letters.map(({ event }) => event)).toEqual([ended!.event]);
  const detail = (await ask(`/v1/events/${ended!.event}`)) as { cause: string; attempts: { outcome: string }[] };
  expect(detail.cause).toContain('all 3 attempts failed; the last one: exception: Error: a message broke its batch');
  expect(detail.attempts.map(({ outcome }) => outcome)).toEqual(new Array(3).fill('exception'));
  const redriven = await platform.control(`/v1/dead-letters/${ended!.event}/redrive`, { method: 'POST' });
  expect(redriven.status).toBe(200);
  expect((await untilEnded('dying', 2)).map(({ state }) => state)).toEqual(['dead-lettered', 'dead-lettered']);
});

test('messages of a function without a queue handler are dead letters that say what to add', async () => {
  const code = `export default { async fetch(request: Request, env: any) { await env.JOBS.send('x'); return new Response('sent') } };`;
  await platform.deploy({
    name: 'no-handler',
    code,
    config: { bindings: { JOBS: { type: 'queue', batchWait: '0ms' } } },
  });
  expect((await platform.call('/fn/no-handler/')).status).toBe(200);
  const [ended] = await untilEnded('no-handler', 1);
  const detail = (await ask(`/v1/events/${ended!.event}`)) as { cause: string };
  expect(detail.cause).toContain('Add a method async queue(batch, env, ctx) to it.');
});

test('a batch of twelve megabytes arrives whole', async () => {
  const code = `
    const LENGTH = 120 * 1024;
    export default {
      async fetch(request: Request, env: any) {
        if (request.method === 'GET') return new Response(await env.STATE.get('seen') ?? '');
        for (let batch = 0; batch < 4; batch++) {
          const digit = String(batch);
          await env.JOBS.sendBatch(Array.from({ length: 25 }, () => ({ body: digit.repeat(LENGTH) })));
        }
        return new Response('sent');
      },
      async queue(batch: any, env: any) {
        const counts = [0, 0, 0, 0];
        for (const { body } of batch.messages) {
          if (body !== body[0].repeat(LENGTH)) throw new Error('a message is not what was sent');
          counts[body[0]]++;
        }
        await env.STATE.put('seen', counts.join(' '));
      },
    };`;
  const bindings = { JOBS: { type: 'queue', batchSize: 100, batchWait: '60s' }, STATE: { type: 'kv' } };
  const limits = { bodyMb: 32, cpuMs: 5_000, memoryMb: 256 };
  await platform.deploy({ name: 'large', code, config: { bindings, limits } });
  expect((await platform.call('/fn/large/', { method: 'POST' })).status).toBe(200);
  const ended = await untilEnded('large', 100);
  expect(ended.every(({ state, attempts }) => state === 'succeeded' && attempts === 1)).toBe(true);
  expect(await (await platform.call('/fn/large/')).text()).toBe('25 25 25 25');
});

test('the log finds the run of a message by its event, alone and in a batch', async () => {
  const code = `
    export default {
      async fetch(request: Request, env: any) { await env.JOBS.sendBatch(await request.json()); return new Response('sent'); },
      async queue(batch: any) { console.log('got', batch.messages.length); },
    };`;
  const bindings = { JOBS: { type: 'queue', batchSize: 2, batchWait: '500ms' } };
  await platform.deploy({ name: 'logged', code, config: { bindings } });
  const send = (...bodies: readonly string[]) =>
    platform.call('/fn/logged/', { method: 'POST', body: JSON.stringify(bodies.map((body) => ({ body }))) });
  await send('one', 'two');
  const batched = (await untilEnded('logged', 2)).map(({ event }) => event);
  await send('three');
  const alone = (await untilEnded('logged', 3)).map(({ event }) => event).find((event) => !batched.includes(event))!;

  expect(await untilLogged('logged', batched[0]!)).toMatchObject([
    { text: 'got 2', event: null },
    { event: null, end: { trigger: 'queue', outcome: 'ok', events: expect.arrayContaining(batched) as string[] } },
  ]);
  expect(await untilLogged('logged', alone)).toMatchObject([
    { text: 'got 1', event: alone, attempt: 1 },
    { event: alone, attempt: 1, end: { trigger: 'queue', outcome: 'ok', events: [] } },
  ]);
});

/** What is logged of an event's run, once its end is. */
async function untilLogged(name: string, event: string): Promise<object[]> {
  for (;;) {
    const { entries } = (await ask(`/v1/functions/${name}/logs?event=${event}`)) as {
      entries: { end: object | null }[];
    };
    if (entries.some(({ end }) => end !== null)) return entries;
    await delay(50);
  }
}
