import { isInvocationId } from '@sovfn/protocol';
import { openStore } from '@sovfn/store';
import { type MinioServer, startMinio } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GatewayBench } from '../peers/gateway-bench.ts';
import { EventWorld } from './event-world.ts';

const BUCKET = 'sovfn-events';
const MIB = 1024 * 1024;

let minio: MinioServer;
let bench: GatewayBench;
let world: EventWorld;
beforeAll(async () => {
  minio = await startMinio();
  bench = await GatewayBench.start({ store: minio.endpoint });
  world = await EventWorld.open(bench);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await bench[Symbol.asyncDispose]();
  await minio[Symbol.asyncDispose]();
});

let functions = 0;
/** A function of which no node knows, so that its events stay. */
async function deploy(config: object = {}): Promise<string> {
  const name = `job-${++functions}`;
  await bench.untilVisible(await bench.deploy({ name, ...config }));
  return name;
}

test('a call that prefers respond-async is answered 202 with the id and the address of its event', async () => {
  const name = await deploy({ routes: ['/orders/*'] });
  for (const [path, seen] of [
    [`/fn/${name}/a/b?c=1`, '/a/b?c=1'],
    ['/orders/7', '/orders/7'],
  ] as const) {
    const response = await world.send(path, { body: 'hello', headers: { 'x-own': 'yes', 'sovfn-event': 'forged' } });
    expect(response.status).toBe(202);
    const { event, status } = (await response.json()) as { event: string; status: string };
    expect(isInvocationId(event)).toBe(true);
    expect(response.headers.get('sovfn-event')).toBe(event);
    expect(response.headers.get('location')).toBe(status);
    expect(response.headers.get('preference-applied')).toBe('respond-async');
    const { head, body } = await world.event(name, event);
    expect(head).toMatchObject({ trigger: 'async', method: 'POST', attempt: 1, function: name, id: event });
    expect(head.url).toBe(`${bench.url}${seen}`);
    expect(head.headers).toContain('x-own\nyes\n');
    expect(head.headers).not.toContain('forged');
    expect(body.toString()).toBe('hello');
  }
});

test('a function that does not exist, and a body over its limit, are refused before anything is accepted', async () => {
  const name = await deploy({ limits: { bodyMb: 0.001 } });
  expect(await problem(await world.send('/fn/nobody/'))).toBe('404 function-not-found');
  expect(await problem(await world.send(`/fn/${name}/`, { body: 'x'.repeat(2_000) }))).toBe('413 body-too-large');
  expect(await world.pending(name)).toEqual([]);
});

test('1,000 calls at once are 1,000 events', async () => {
  const name = await deploy();
  const answers = await Promise.all(
    Array.from({ length: 1_000 }, (_, i) => world.accept(`/fn/${name}/`, { body: `event ${i}` })),
  );
  const ids = answers.map(({ event }) => event);
  expect(new Set(ids).size).toBe(1_000);
  expect(await world.pending(name)).toEqual(ids.toSorted());
});

test('two calls with the same Idempotency-Key are one event, one after the other and at the same time', async () => {
  const name = await deploy();
  const once = async (key: string) =>
    world.accept(`/fn/${name}/`, { body: 'pay', headers: { 'idempotency-key': key } });
  const together = await Promise.all(Array.from({ length: 50 }, async (_, i) => once(`key-${i % 5}`)));
  const later = await Promise.all(Array.from({ length: 5 }, async (_, i) => once(`key-${i}`)));
  expect(new Set(together.map(({ event }) => event)).size).toBe(5);
  expect(together.filter(({ isDuplicate }) => !isDuplicate)).toHaveLength(5);
  expect(later.every(({ isDuplicate }) => isDuplicate)).toBe(true);
  expect(later.map(({ event }) => event)).toEqual(together.slice(0, 5).map(({ event }) => event));
  expect(await world.pending(name)).toHaveLength(5);
});

test('the same key with another body, method or URL is refused with 422 and names the event', async () => {
  const name = await deploy();
  const headers = { 'idempotency-key': 'order-1' };
  const { event } = await world.accept(`/fn/${name}/a`, { body: 'one', headers });
  for (const other of [
    world.send(`/fn/${name}/a`, { body: 'two', headers }),
    world.send(`/fn/${name}/b`, { body: 'one', headers }),
    world.send(`/fn/${name}/a`, { method: 'PUT', body: 'one', headers }),
  ]) {
    const response = await other;
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: 'event-conflict', facts: { event } });
  }
  expect(await world.pending(name)).toEqual([event]);
});

test('whoever repeats another caller’s key without the caller’s credentials gets an event of their own', async () => {
  const name = await deploy();
  const as = async (authorization: string | null) =>
    world.accept(`/fn/${name}/`, {
      body: 'x',
      headers: { 'idempotency-key': 'k', ...(authorization !== null && { authorization }) },
    });
  const events = [await as('Bearer alice'), await as('Bearer mallory'), await as(null)];
  expect(new Set(events.map(({ event }) => event)).size).toBe(3);
  expect((await as('Bearer alice')).event).toBe(events[0]!.event);
});

test('a gateway that never saw a key asks the stream: it gives the id of the earlier event, and 422 for another payload', async () => {
  const name = await deploy();
  const init = (body: string, key: string) => ({ body, headers: { 'idempotency-key': key } });
  const { event } = await world.accept(`/fn/${name}/`, init('one', 'known'));
  await using second = await bench.startSecondGateway();
  const send = async (body: string, key: string) =>
    fetch(`${second.url}/fn/${name}/`, {
      method: 'POST',
      body,
      headers: { 'idempotency-key': key, prefer: 'respond-async' },
    });
  // One known key among new ones: it costs only itself, not the batch it came in.
  const answers = await Promise.all([send('one', 'known'), ...['a', 'b', 'c'].map((key) => send('new', key))]);
  expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
  expect(answers.map(({ headers }) => headers.get('sovfn-duplicate'))).toEqual(['true', null, null, null]);
  expect(answers[0].headers.get('sovfn-event')).toBe(event);
  expect((await send('two', 'known')).status).toBe(422);
  expect(await world.pending(name)).toHaveLength(4);
});

test('a body of 3 MiB goes to the object store, unreadable there, and the event refers to it', async () => {
  const name = await deploy();
  const body = Buffer.alloc(3 * MIB, 'large');
  const { event } = await world.accept(`/fn/${name}/`, { body });
  const { head, body: inline } = await world.event(name, event);
  expect(inline).toHaveLength(0);
  expect(head.bodyReference).toMatchObject({ bytes: body.length });
  const { object } = head.bodyReference!;
  const stored = await openStore(storeOptions()).get(BUCKET, object, { maxBytes: 4 * MIB });
  expect(stored.includes('largelarge')).toBe(false);
  expect((await world.storedBody(openStore(storeOptions()), object, body)).equals(body)).toBe(true);
});

test('a large body must say how long it is; a small one may come in chunks', async () => {
  const name = await deploy();
  const inChunks = (bytes: number) =>
    ({ body: new Blob(['x'.repeat(bytes)]).stream(), duplex: 'half' }) as unknown as RequestInit;
  expect(await problem(await world.send(`/fn/${name}/`, inChunks(MIB)))).toBe('411 length-required');
  expect(await world.pending(name)).toEqual([]);
  const { event } = await world.accept(`/fn/${name}/`, inChunks(300_000));
  expect((await world.event(name, event)).body).toHaveLength(300_000);
});

test('a large body that comes again under the same key is not kept twice', async () => {
  const name = await deploy();
  const init = { body: Buffer.alloc(2 * MIB, 'x'), headers: { 'idempotency-key': 'large' } };
  const [first, second] = [await world.accept(`/fn/${name}/`, init), await world.accept(`/fn/${name}/`, init)];
  expect(second).toMatchObject({ event: first.event, isDuplicate: true });
  const { objects } = await openStore(storeOptions()).list(BUCKET, `fr/main/${name}/`, { limit: 10 });
  expect(objects.map((object) => object.name)).toEqual([`fr/main/${name}/${first.event}`]);
});

test('a delayed call waits as a schedule for the time that was asked for, and one that is due is an event at once', async () => {
  const name = await deploy();
  const sentAt = Date.now();
  const { event } = await world.accept(`/fn/${name}/x?a=1&sovfn-delay=1h&b=2`, { body: 'later' });
  const dueAt = (await world.dueAt(name, event))!.getTime();
  expect(dueAt).toBeGreaterThanOrEqual(sentAt + 3_600_000);
  expect(dueAt).toBeLessThanOrEqual(Date.now() + 3_600_000);
  const { head, body } = await world.event(name, event);
  expect(head.url).toBe(`${bench.url}/x?a=1&b=2`);
  expect(body.toString()).toBe('later');
  const notBefore = new Date(sentAt + 7_200_000).toISOString();
  const atTime = await world.accept(`/fn/${name}/`, { headers: { 'sovfn-not-before': notBefore } });
  expect(await world.dueAt(name, atTime.event)).toEqual(new Date(notBefore));
});

test.each([
  [{ 'sovfn-delay': 'soon' }, 'it is a number of seconds, or a number and a unit, such as 10m'],
  [{ 'sovfn-delay': '31d' }, 'at most 30 days from now are possible'],
  [{ 'sovfn-delay': '1m', 'sovfn-not-before': '2030-01-01T00:00Z' }, 'sovfn-not-before is set as well'],
  [{ 'sovfn-not-before': 'tomorrow' }, 'it is a time with its offset, such as 2026-10-25T02:30:00+01:00'],
  [{ 'idempotency-key': 'a b' }, 'it is 1 to 256 visible ASCII characters without spaces'],
  [{ 'sovfn-callback': 'ftp://x' }, 'it is an http or https URL of at most 2048 characters'],
  [{ 'sovfn-callback': 'https://a:b@x' }, 'it may hold no user name or password'],
])('the option %j is refused, with its rule', async (headers, rule) => {
  const name = await deploy();
  const response = await world.send(`/fn/${name}/`, { headers });
  expect(response.status).toBe(400);
  expect(((await response.json()) as { detail: string }).detail).toContain(rule);
});

async function problem(response: Response): Promise<string> {
  const { code } = (await response.json()) as { code: string };
  return `${response.status} ${code}`;
}

function storeOptions() {
  const { host, port, accessKey, secretKey } = minio.endpoint;
  return { host, port, tls: false, accessKey, secretKey };
}
