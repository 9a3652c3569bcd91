import { encodeAnswer, outputBodyObject } from '@sovfn/protocol';
import { openStore } from '@sovfn/store';
import { type MinioServer, PARIS, type StallingProxy, startMinio, startStallingProxy } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TENANT, ZONE } from '../peers/gateway-bench.ts';
import type { ServedCall } from '../peers/peer-cell.ts';
import { startEventStage } from './event-stage.ts';
import { untilAccepted } from './until-accepted.ts';

/** Noticing a partition takes some limits of time, one after the other. */
const PARTITION_TEST_MS = 180_000;
const BODY = Buffer.alloc(600_000, 'x');
const MANY = 150;

let minio: MinioServer;
beforeAll(async () => {
  minio = await startMinio();
});
afterAll(() => minio[Symbol.asyncDispose]());

test.concurrent(
  'cut off from the bus a gateway refuses events with 503, holds no more than 64 MiB of them, and heals by itself',
  async ({ expect: expectHere }) => {
    await using parts = new AsyncDisposableStack();
    const cut = Promise.withResolvers<StallingProxy>();
    const busProxy = async (port: number): Promise<number> => {
      const proxy = parts.use(await startStallingProxy(port));
      cut.resolve(proxy);
      return proxy.port;
    };
    const { bench, world } = parts.use(await startEventStage({ store: minio.endpoint, busProxy }));
    const proxy = await cut.promise;
    await bench.serve({ name: 'job', events: { concurrency: 50, deadLetters: true } }, (served) =>
      served.answer('done'),
    );
    const send = async (i: number) =>
      world.send('/fn/job/', { body: BODY, headers: { 'idempotency-key': `key-${i}` } });
    await world.ended('job', (await world.accept('/fn/job/')).event);

    proxy.stall();
    const refused = await Promise.all(Array.from({ length: MANY }, async (_, i) => send(i)));
    const problems = (await Promise.all(refused.map((response) => response.json()))) as { detail: string }[];
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([503]));
    expect(refused.every(({ headers }) => headers.has('retry-after'))).toBe(true);
    expect(problems.some(({ detail }) => detail.includes('more than 67108864 bytes wait'))).toBe(true);
    await expectHere.poll(() => bench.drainEvents(), { timeout: PARTITION_TEST_MS }).toContain('bus-lost');
    expect(await (await send(0)).json()).toMatchObject({ code: 'bus-unavailable' });

    proxy.resume();
    const ids = [];
    for (let i = 0; i < 5; i++) ids.push(await untilAccepted(() => send(i)));
    for (const id of ids) expect((await world.ended('job', id)).state).toBe('succeeded');
  },
  PARTITION_TEST_MS,
);

test.concurrent(
  'a node cut off while it runs an event: the event runs a second time elsewhere, and what the first says later is ignored',
  async () => {
    await using stage = await startEventStage({ store: minio.endpoint });
    const { bench, world } = stage;
    await using proxy = await startStallingProxy(bench.nats.address.port);
    const retry = { attempts: 5, minDelay: '10ms', maxDelay: '10ms', rules: [] };
    const version = await bench.deploy({ name: 'job', retry });
    await bench.untilVisible(version);
    const lost = await bench.cell('c-lost', TENANT, { host: '127.0.0.1', port: proxy.port });
    await lost.serve(version, (served) => served.taken());
    await bench.announceNode('node-1', PARIS);

    const { event } = await world.accept('/fn/job/');
    const first = await lost.calls.next();
    await world.untilRecord('job', event, ({ state }) => state === 'running');
    proxy.stall();
    const other = await bench.cell('c-other');
    const supervisor = await bench.cell('s-other');
    await other.serve(version, (served) => served.answer('second'));
    await supervisor.place(ZONE, (served) => served.answer('second'));

    const record = await world.ended('job', event);
    // Until the bus has missed the node's sign of life, a call may be sent to it once more, and runs nowhere.
    const outcomes = record.attempts.map(({ outcome }) => outcome);
    expect([outcomes[0], outcomes.at(-1)]).toEqual(['cell-lost', 'ok']);
    other.connection.publish(first.reply, lateAnswer(first));
    await other.connection.flush();
    // What comes after the late answer has been seen only when that has.
    await world.ended('job', (await world.accept('/fn/job/')).event);
    expect(await world.ended('job', event)).toEqual(record);
    expect(await bodyOf(record.output!)).toBe('second');
    await world.untilGone('job', event);
  },
  PARTITION_TEST_MS,
);

function lateAnswer({ call }: ServedCall): Buffer {
  const use = { cpuUs: 1, wallUs: 1, cold: false };
  const body = Buffer.from(`first, ${call.method}`);
  return encodeAnswer({ node: 'node-1', cell: 'c-lost', status: 200, headers: '', complete: true, body, ...use });
}

async function bodyOf(output: string): Promise<string> {
  const { host, port, accessKey, secretKey } = minio.endpoint;
  const store = openStore({ host, port, tls: false, accessKey, secretKey });
  return (await store.get('outputs', outputBodyObject(output), { maxBytes: 1_000 })).toString();
}
