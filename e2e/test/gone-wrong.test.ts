import { jetstreamManager } from '@nats-io/jetstream';
import { kvBucket } from '@sovfn/protocol';
import { connectToBusOf, startPlatform, type TestPlatform } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readProblem } from './problem.ts';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform[Symbol.asyncDispose]());

/** Wall time is generous: a machine that runs other tests beside these gives a loop its CPU slowly. */
const LIMITS = { cpuMs: 200, wallMs: 15_000, memoryMb: 32 };

/** What the function does when it is asked with POST; with GET it says hello. */
const HAZARDS: readonly [what: string, body: string, expected: Record<string, unknown>, limits?: object][] = [
  ['throws', `throw new TypeError('no such order')`, { status: 500, outcome: 'exception' }],
  ['throws null', `throw null`, { status: 500, outcome: 'exception' }],
  ['throws a symbol', `throw Symbol('x')`, { status: 500, outcome: 'exception' }],
  ['returns a string', `return 'hello' as never`, { status: 502, outcome: 'invalid-response' }],
  ['returns nothing', `return undefined as never`, { status: 502, outcome: 'invalid-response' }],
  ['never settles', `await new Promise(() => {})`, { status: 500, outcome: 'never-settled' }],
  [
    'sleeps beyond its wall time',
    `await new Promise((done) => setTimeout(done, 60_000))`,
    { status: 504, outcome: 'exceeded-wall-time', limit: 'wallMs', limitValue: 500 },
    { wallMs: 500 },
  ],
  ['loops for ever', `for (;;);`, { status: 503, outcome: 'exceeded-cpu', limit: 'cpuMs', limitValue: 200 }],
  [
    'loops for ever after an await',
    `await new Promise((done) => setTimeout(done, 5)); for (;;);`,
    { status: 503, outcome: 'exceeded-cpu', limit: 'cpuMs', limitValue: 200 },
  ],
  [
    'fills the heap',
    `const all = []; for (;;) all.push(new Array(10_000).fill({ a: 1 }));`,
    { status: 503, outcome: 'exceeded-memory', limit: 'memoryMb', limitValue: 32 },
  ],
  [
    'fills memory with ArrayBuffers',
    `const all = []; for (;;) all.push(new ArrayBuffer(1_000_000));`,
    { status: 503, outcome: 'exceeded-memory', limit: 'memoryMb', limitValue: 32 },
  ],
  [
    'fills memory with resizable buffers',
    `const all = []; for (;;) { const b = new ArrayBuffer(1e6, { maxByteLength: 2e7 } as never); (b as { resize?(n: number): void }).resize?.(2e7); all.push(b); }`,
    { status: 503, outcome: 'exceeded-memory', limit: 'memoryMb', limitValue: 32 },
  ],
];

test.each(HAZARDS)(
  'a function that %s: the answer says why, and the next call works',
  async (what, body, expected, limits) => {
    const name = what.toLowerCase().replaceAll(/[^a-z]+/g, '-');
    const code = `export default { async fetch(request: Request) { if (request.method === 'GET') return new Response('hello'); ${body} } };`;
    await platform.deploy({ name, code, config: { limits: { ...LIMITS, ...limits } } });
    expect(await (await platform.call(`/fn/${name}/`)).text()).toBe('hello');
    const problem = await readProblem(await platform.call(`/fn/${name}/`, { method: 'POST' }));
    expect(problem).toMatchObject(expected);
    if (problem.limit !== null) expect(problem.measured).toBeGreaterThanOrEqual(problem.limitValue! * 0.5);
    expect(problem.invocation).toMatch(/^[0-9a-z]{26}$/);
    expect(await (await platform.call(`/fn/${name}/`)).text()).toBe('hello');
  },
);

test('a function whose stream fails in the middle: the connection is cut, and the next call works', async () => {
  const code = `export default { fetch(request: Request) {
    if (request.method === 'GET') return new Response('hello');
    let sent = 0;
    return new Response(new ReadableStream({ pull(c) { if (sent++ === 3) throw new Error('out of paper'); c.enqueue(new Uint8Array(200_000)); } }));
  } };`;
  await platform.deploy({ name: 'breaks', code });
  const response = await platform.call('/fn/breaks/', { method: 'POST' });
  expect(response.status).toBe(200);
  await expect(response.bytes()).rejects.toThrow();
  expect(await (await platform.call('/fn/breaks/')).text()).toBe('hello');
});

test('a function that cannot be interrupted costs its cell, and nothing else', async () => {
  const code = `export default { fetch(request: Request) {
    if (request.method === 'GET') return new Response('hello');
    let x = 3n; for (;;) x = x * x;
  } };`;
  await platform.deploy({ name: 'native', code, config: { limits: LIMITS } });
  expect(await (await platform.call('/fn/native/')).text()).toBe('hello');
  const problem = await readProblem(await platform.call('/fn/native/', { method: 'POST' }));
  expect(problem.status).toBeGreaterThanOrEqual(500);
  expect(['exceeded-cpu', 'exceeded-memory', 'cell-lost']).toContain(problem.outcome);
  expect(await (await platform.call('/fn/native/')).text()).toBe('hello');
});

test('a header value that would split the answer is an error of the function, never forwarded', async () => {
  const code = `export default { fetch() { return new Response('x', { headers: { 'x-a': 'one\\r\\nx-b: two' } }); } };`;
  await platform.deploy({ name: 'splitter', code });
  const response = await platform.call('/fn/splitter/');
  expect(response.status).toBeGreaterThanOrEqual(500);
  expect(response.headers.get('x-b')).toBeNull();
});

test('an unknown function is answered with the nearest name', async () => {
  await platform.deploy({ name: 'invoice', code: `export default { fetch: () => new Response('x') };` });
  const problem = await readProblem(await platform.call('/fn/invoise/'));
  expect(problem).toMatchObject({ status: 404, code: 'function-not-found' });
  expect(`${problem.detail} ${problem.hint}`).toContain('invoice');
});

test('a body over the function’s limit is refused with both sizes, before the function runs', async () => {
  await platform.deploy({
    name: 'small',
    code: `export default { fetch: async (request: Request) => new Response(String((await request.bytes()).length)) };`,
    config: { limits: { bodyMb: 1 } },
  });
  expect(await (await platform.call('/fn/small/', { method: 'POST', body: new Uint8Array(1_000_000) })).text()).toBe(
    '1000000',
  );
  const problem = await readProblem(
    await platform.call('/fn/small/', { method: 'POST', body: new Uint8Array(3_000_000) }),
  );
  expect(problem).toMatchObject({ status: 413, code: 'body-too-large', limit: 'bodyMb', limitValue: 1 });
});

test('a wrong token is refused by the control API', async () => {
  const response = await fetch(`${platform.controlUrl}/v1/functions`, { headers: { authorization: 'Bearer wrong' } });
  expect(response.status).toBe(401);
  expect((await readProblem(response)).code).toBe('unauthorized');
});

test('a kv binding without room for more refuses the value, and says that it is no fault of the function', async () => {
  const code = `export default { async fetch(request, env) {
    await env.STATE.put('small', 'kept');
    try { await env.STATE.put('large', 'x'.repeat(400_000)); } catch (error) { return new Response(error.message); }
    return new Response('stored');
  } };`;
  await platform.deploy({ name: 'fills', code, config: { bindings: { STATE: { type: 'kv' } } } });
  const connection = await connectToBusOf(platform, 'test');
  const { streams } = await jetstreamManager(connection);
  await streams.update(`KV_${kvBucket('fr')}`, { max_bytes: 200_000 });
  expect(await (await platform.call('/fn/fills/')).text()).toBe(
    'The value was not stored: the platform has no room for it now. Try again later.',
  );
  await connection.close();
});
