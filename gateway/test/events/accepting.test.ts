import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connectBus } from '@sovfn/bus';
import { decodeEvent, eventStream, inboxPrefix, isInvocationId } from '@sovfn/protocol';
import { type MinioServer, startMinio } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GatewayBench, ZONE } from '../peers/gateway-bench.ts';

let minio: MinioServer;
let bench: GatewayBench;
let streams: JetStreamManager;
beforeAll(async () => {
  minio = await startMinio();
  bench = await GatewayBench.start({ store: minio.endpoint });
  const { credential } = await bench.gatewayCredential('gw-9');
  const connection = await connectBus({
    address: bench.nats.address,
    credential,
    name: 'reader',
    inboxPrefix: `${inboxPrefix('gateway')}.gw-9`,
  });
  streams = await jetstreamManager(connection);
  await bench.untilVisible(await bench.deploy({ name: 'job' }));
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await minio[Symbol.asyncDispose]();
});

test('a call that prefers respond-async is answered 202 with the id and the address of its event', async () => {
  const response = await fetch(`${bench.url}/fn/job/a/b?c=1`, {
    method: 'POST',
    headers: { prefer: 'respond-async' },
    body: 'hello',
  });
  expect(response.status, await response.clone().text()).toBe(202);
  const { event, status } = (await response.json()) as { event: string; status: string };
  expect(isInvocationId(event)).toBe(true);
  expect(response.headers.get('sovfn-event')).toBe(event);
  expect(response.headers.get('location')).toBe(status);
  const { head, body } = await storedEvent(event);
  expect(head).toMatchObject({ trigger: 'async', method: 'POST', attempt: 1, function: 'job' });
  expect(new URL(head.url).pathname).toBe('/a/b');
  expect(body.toString()).toBe('hello');
});

async function storedEvent(id: string): Promise<ReturnType<typeof decodeEvent>> {
  const subject = `evt.${ZONE}.0.main.job.${id}`;
  const message = await streams.streams.getMessage(eventStream(ZONE), { last_by_subj: subject });
  return decodeEvent(Buffer.from(message!.data));
}
