import { afterAll, beforeAll, expect, test } from 'vitest';
import { ControlBench } from '../../control/control-bench.ts';
import { EventWorld } from '../event-world.ts';
import { type CallbackPayload, verify } from './callback-world.ts';
import { Receiver } from './receiver.ts';

const ELSEWHERE = 'https://elsewhere.example';

let open: ControlBench;
let world: EventWorld;
let receiver: Receiver;
let egress: string[];
beforeAll(async () => {
  open = await ControlBench.start({ allowPrivateCallbacks: true });
  world = await EventWorld.open(open.bench);
  receiver = await Receiver.start();
  egress = [new URL(receiver.url()).origin];
  await open.bench.untilVisible(await open.bench.deploy({ name: 'job', egress }));
});
afterAll(async () => {
  await receiver[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
  await open[Symbol.asyncDispose]();
});

const asked = (callback: string) => ({
  ...{ v: 1, notBefore: null, callback, idempotencyKey: null, orderingKey: null },
  request: { v: 1, method: 'POST', path: '/', headers: [], body: null },
});

test('anybody may have results sent where egress of the function allows it, and nowhere else', async () => {
  const { event } = await world.accept('/fn/job/', { headers: { 'sovfn-callback': receiver.url('/done?x=1') } });
  expect((await world.event('job', event)).head.callback).toBe(receiver.url('/done?x=1'));
  const inQuery = `/fn/job/?sovfn-callback=${encodeURIComponent(ELSEWHERE)}`;
  for (const send of [
    world.send('/fn/job/', { headers: { 'sovfn-callback': `${ELSEWHERE}/` } }),
    world.send(inQuery),
    world.send('/fn/job/', { headers: { 'sovfn-callback': receiver.url().replace('http:', 'https:') } }),
  ]) {
    const response = await send;
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({
      code: 'forbidden',
      detail: expect.stringMatching(
        /^a callback to https:\/\/.* is not allowed: egress of "job" does not list it/,
      ) as string,
      hint: expect.stringMatching(/^Its owner adds "https:\/\/.*" to "egress" in sovfn.jsonc and deploys.$/) as string,
    });
  }
  expect(await world.pending('job')).toEqual([event]);
});

test('the owner may have results sent to any address through the control API', async () => {
  const answer = await open.ask('POST', '/v1/functions/job/events', { body: asked(ELSEWHERE) });
  const { event } = answer.json as { event: string };
  expect((await world.event('job', event)).head.callback).toBe(`${ELSEWHERE}/`);
});

test.each([
  ['ftp://x/', 'it is an http or https URL of at most 2048 characters'],
  [`https://x/${'x'.repeat(2_040)}`, 'it is an http or https URL of at most 2048 characters'],
  ['https://user:password@x/', 'it may hold no user name or password'],
])('the callback %s is refused, and no password is repeated', async (callback, rule) => {
  const owner = await open.refused('POST', '/v1/functions/job/events', { body: asked(callback) });
  const anybody = await world.send('/fn/job/', { headers: { 'sovfn-callback': callback } });
  expect([owner.status, anybody.status]).toEqual([400, 400]);
  const text = await anybody.text();
  if (callback.length <= 2_048) expect(owner.detail).toContain(rule);
  expect(text).toContain(rule);
  expect(text + JSON.stringify(owner)).not.toContain('password@');
});

test('nobody has results sent to the platform’s own services, under whatever address', async () => {
  const { bus, store } = open.bench.config;
  const monitor = Number(new URL(bus.monitors[0]!).port);
  const { publicAddress, controlAddress } = open.bench.gateway;
  for (const port of [bus.port, monitor, store.endpoint.port, publicAddress.port, controlAddress.port]) {
    const origins = ['127.0.0.1', 'localhost', '127.1.2.3', '[::ffff:7f00:1]'].map((host) => `http://${host}:${port}`);
    for (const origin of origins) {
      const owner = await open.refused('POST', '/v1/functions/job/events', { body: asked(origin) });
      expect(owner).toMatchObject({
        ...{ status: 403, code: 'forbidden' },
        detail: `a callback to ${origin} is not allowed: it belongs to the platform`,
      });
    }
    await open.bench.untilVisible(await open.bench.deploy({ name: `to-${port}`, egress: origins }));
    for (const origin of origins) {
      const anybody = await world.send(`/fn/to-${port}/`, { headers: { 'sovfn-callback': origin } });
      expect(anybody.status).toBe(403);
    }
  }
});

test('by default nobody has results sent to a private address', async () => {
  await using closed = await ControlBench.start();
  await using closedWorld = await EventWorld.open(closed.bench);
  const listed = ['http://10.0.0.1:9999', 'http://localhost:9999'];
  await closed.bench.untilVisible(await closed.bench.deploy({ name: 'job', egress: listed }));
  for (const origin of listed) {
    const owner = await closed.refused('POST', '/v1/functions/job/events', { body: asked(origin) });
    const anybody = await closedWorld.send('/fn/job/', { headers: { 'sovfn-callback': origin } });
    const detail = `a callback to ${origin} is not allowed: the address is not on the internet`;
    expect(owner).toMatchObject({ status: 403, detail });
    expect(await anybody.json()).toMatchObject({ status: 403, detail });
  }
});

test('the result of an event goes to its callback, signed with the key that the control API shows', async () => {
  const { json } = await open.ask('GET', '/v1/functions/job/callback-key');
  const { key } = json as { key: string };
  expect(key).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect((await open.refused('GET', '/v1/functions/nobody/callback-key')).code).toBe('function-not-found');
  await open.bench.serve({ name: 'job', egress }, (call) => call.answer('made', { status: 201 }));
  const { event, address } = await world.accept('/fn/job/', { headers: { 'sovfn-callback': receiver.url() } });
  const payload = await callbackOf(event, key);
  expect(payload).toMatchObject({
    type: 'event.succeeded',
    data: { event, status: address, result: { status: 201, body: { encoding: 'utf8', data: 'made' } } },
  });
  const result = (payload.data['result'] as { url: string }).url;
  expect(await (await fetch(open.bench.url + result)).text()).toBe('made');
});

test('an event that dies is told as such', async () => {
  const retry = { attempts: 2, minDelay: '10ms', maxDelay: '10ms', rules: [] };
  await open.bench.serve({ name: 'dying', egress, retry }, (call) => call.answer('broken', { status: 500 }));
  const { event } = await world.accept('/fn/dying/', { headers: { 'sovfn-callback': receiver.url() } });
  const { json } = await open.ask('GET', '/v1/functions/dying/callback-key');
  const payload = await callbackOf(event, (json as { key: string }).key);
  expect(payload).toMatchObject({ type: 'event.dead-lettered', data: { event, outcome: 'ok', result: null } });
});

/** Others of this file may come before it. */
async function callbackOf(event: string, key: string): Promise<CallbackPayload> {
  for (;;) {
    const received = await receiver.received.next();
    if (received.headers['webhook-id'] === event) return verify(received, key);
  }
}
