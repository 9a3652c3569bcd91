import { openStore } from '@sovfn/store';
import { type MinioServer, startMinio } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GatewayBench, TENANT, ZONE } from '../peers/gateway-bench.ts';
import { endEvent } from './ended-event.ts';
import { type AcceptedAnswer, EventWorld } from './event-world.ts';

let minio: MinioServer;
let bench: GatewayBench;
let world: EventWorld;
beforeAll(async () => {
  minio = await startMinio();
  bench = await GatewayBench.start({ store: minio.endpoint });
  world = await EventWorld.open(bench);
  await bench.untilVisible(await bench.deploy({ name: 'job' }));
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await bench[Symbol.asyncDispose]();
  await minio[Symbol.asyncDispose]();
});

test('the address of an event shows its status without a token, and says that there is no result yet', async () => {
  const accepted = await world.accept('/fn/job/', { headers: { 'sovfn-delay': '1h' } });
  const status = await get(accepted.address);
  expect(status.status).toBe(200);
  expect(await status.json()).toMatchObject({
    event: accepted.event,
    function: 'job',
    state: 'pending',
    attempts: [],
    result: null,
  });
  const result = await get(`${accepted.address}/result`);
  expect([result.status, await codeOf(result)]).toEqual([409, 'event-not-ended']);
});

test('an address that was changed anywhere, or guessed, is answered as any unknown path', async () => {
  const { address, event } = await world.accept('/fn/job/', { headers: { 'sovfn-delay': '1h' } });
  const last = address.at(-1) === '0' ? '1' : '0';
  const guesses = [
    address.slice(0, -1) + last,
    address.replace('.job.', '.other.'),
    address.replace(
      event,
      event.replace(/.$/, (end) => (end === '0' ? '1' : '0')),
    ),
    `/.sovfn/events/${event}`,
    `${address}/other`,
    '/.sovfn/',
  ];
  for (const guess of guesses) {
    const response = await get(guess);
    expect([guess, response.status, await codeOf(response)]).toEqual([guess, 404, 'not-found']);
  }
  expect((await fetch(`${bench.url}${address}`, { method: 'PATCH' })).status).toBe(405);
});

test('the result is the response as it was kept, without what only the owner may know', async () => {
  const accepted = await world.accept('/fn/job/', { headers: { 'sovfn-delay': '1h' } });
  await end(accepted, 'made', 'secret of the function');
  const status = await (await get(accepted.address)).text();
  expect(status).not.toContain('secret');
  expect(JSON.parse(status)).toMatchObject({ state: 'succeeded', attempts: [{ outcome: 'ok', status: 201 }] });
  const result = await get((JSON.parse(status) as { result: string }).result);
  expect(result.status).toBe(201);
  expect(result.headers.get('content-type')).toBe('text/x-own');
  expect(result.headers.get('sovfn-event')).toBe(accepted.event);
  expect(await result.text()).toBe('made');
});

test('an event of which nothing is known any more is not found', async () => {
  const accepted = await world.accept('/fn/job/', { headers: { 'sovfn-delay': '1h' } });
  await world.streams.streams.purge(`EVT_${ZONE}`, { filter: `sched.${ZONE}.${TENANT}.job.${accepted.event}` });
  const response = await get(accepted.address);
  expect([response.status, await codeOf(response)]).toEqual([404, 'event-not-found']);
});

async function get(path: string): Promise<Response> {
  return fetch(`${bench.url}${path}`);
}

async function codeOf(response: Response): Promise<string> {
  return ((await response.json()) as { code: string }).code;
}

/** Ends an event as the dispatcher does, with a message that is not for its caller. */
async function end({ event }: AcceptedAnswer, body: string, message: string): Promise<void> {
  const { host, port, accessKey, secretKey } = minio.endpoint;
  const store = openStore({ host, port, tls: false, accessKey, secretKey });
  const of = { zone: ZONE, tenant: TENANT, function: 'job', event };
  await endEvent({ connection: world.connection, store }, of, { body: Buffer.from(body), attempt: { message } });
  store.close();
}
