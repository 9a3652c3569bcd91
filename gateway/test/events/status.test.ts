import { jetstream } from '@nats-io/jetstream';
import { connectBus } from '@sovfn/bus';
import {
  type EventRecord,
  inboxPrefix,
  outputBodyObject,
  outputMetaObject,
  outputPrefix,
  recordSubject,
} from '@sovfn/protocol';
import { openStore } from '@sovfn/store';
import { type MinioServer, startMinio } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GatewayBench, TENANT, ZONE } from '../peers/gateway-bench.ts';
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
  await end(accepted, 'made', { outcome: 'ok', message: 'secret of the function' });
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

/** Ends an event as the dispatcher does: the output first, then the record. */
async function end(accepted: AcceptedAnswer, body: string, attempt: { outcome: 'ok'; message: string }): Promise<void> {
  const { host, port, accessKey, secretKey } = minio.endpoint;
  const store = openStore({ host, port, tls: false, accessKey, secretKey });
  const output = `${outputPrefix(TENANT, 'job', accepted.event)}1/`;
  const now = new Date().toISOString();
  const facts = { v: 1, tenant: TENANT, function: 'job', zone: ZONE } as const;
  const times = { startedAt: now, endedAt: now };
  const version = 'a'.repeat(64);
  const meta = {
    ...{ ...facts, ...times, invocation: accepted.event, trigger: 'async', call: null, version, node: 'node-1' },
    ...{ attempt: 1, status: 201 },
    ...{ headers: ['content-type', 'text/x-own', 'sovfn-forged', 'x'], contentType: 'text/x-own' },
    ...{ bytes: body.length, sha256: version, outcome: 'ok' },
  };
  await store.put('outputs', outputBodyObject(output), Buffer.from(body));
  await store.put('outputs', outputMetaObject(output), Buffer.from(JSON.stringify(meta)));
  const record: EventRecord = {
    ...facts,
    ...{ id: accepted.event, trigger: 'async', state: 'succeeded', acceptedAt: now, endedAt: now, bytes: 0 },
    ...{ source: null, replayOf: null, turn: 1, output, cause: null, letter: null },
    attempts: [
      {
        ...{ ...times, ...attempt, attempt: 1, invocation: accepted.event, status: 201, version, node: 'node-1' },
        ...{ cold: false, cpuMs: 1, wallMs: 1, retryAt: null },
      },
    ],
  };
  await publish(recordSubject({ zone: ZONE, tenant: TENANT, function: 'job' }, accepted.event), record);
}

async function publish(subject: string, record: EventRecord): Promise<void> {
  const { credential } = await bench.gatewayCredential('gw-8');
  const prefix = `${inboxPrefix('gateway')}.gw-8`;
  const address = bench.nats.address;
  const connection = await connectBus({ address, credential, name: 'writer', inboxPrefix: prefix });
  await jetstream(connection).publish(subject, JSON.stringify(record));
  await connection.close();
}
