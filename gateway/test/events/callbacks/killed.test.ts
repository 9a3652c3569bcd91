import { eventStream } from '@sovfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Arrivals } from '../../peers/arrivals.ts';
import { CallbackWorld, JOB, verify } from './callback-world.ts';
import { Receiver } from './receiver.ts';
import { startSenderProcess } from './sender-orders.ts';

let world: CallbackWorld;
beforeAll(async () => {
  world = await CallbackWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

test('a gateway that is killed before it has sent what was enqueued leaves it to another', async () => {
  await using receiver = await Receiver.start();
  const head = await world.ended(receiver.url());
  await using child = startSenderProcess({ ...serversOf(world), type: 'enqueue', head });
  await child.report;
  await child.kill();
  await using sender = await world.startSender();
  const { data } = verify(await receiver.received.next());
  expect(data['event']).toBe(head.id);
  await expect.poll(() => world.waiting()).toBe(0);
  await sender[Symbol.asyncDispose]();
});

test('a gateway that is killed in the middle of sending leaves the callback to another', async () => {
  // The first delivery is never answered; its gateway dies meanwhile.
  const begun = new Arrivals<null>();
  await using receiver = await Receiver.start({ answer: () => begun.push(null) });
  const ackMs = 2_000;
  await using child = startSenderProcess({ ...serversOf(world), type: 'send', ackMs });
  await child.report;
  const head = await world.ended(receiver.url());
  await world.enqueue(head);
  await begun.next();
  const first = await receiver.received.next();
  await child.kill();
  receiver.answer = (response) => void response.writeHead(204).end();
  await using sender = await world.startSender({ ackMs });
  const second = await receiver.received.next();
  expect(verify(second)).toEqual(verify(first));
  expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
  await expect.poll(() => world.waiting()).toBe(0);
  await sender[Symbol.asyncDispose]();
});

test('a gateway that stops gives what it was sending to another at once', async () => {
  await using receiver = await Receiver.start({ answer: () => undefined });
  const sender = await world.startSender({ ackMs: 600_000 });
  await world.enqueue(await world.ended(receiver.url()));
  const first = await receiver.received.next();
  await sender[Symbol.asyncDispose]();
  receiver.answer = (response) => void response.writeHead(204).end();
  await using _other = await world.startSender({ ackMs: 600_000 });
  const second = await receiver.received.next();
  expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
  await expect.poll(() => world.waiting()).toBe(0);
});

test('sending goes on after the consumer was removed, and after the server was killed', async () => {
  await using receiver = await Receiver.start();
  await using _sender = await world.startSender();
  await world.streams.consumers.delete(eventStream(JOB.zone), 'callbacks');
  await world.logged('callback-interrupted');
  await world.enqueue(await world.ended(receiver.url()));
  verify(await receiver.received.next());
  const head = await world.ended(receiver.url());
  await world.nats.kill();
  await expect(world.enqueue(head)).rejects.toMatchObject({ code: 'bus-unavailable' });
  await world.nats.restart();
  await expect.poll(() => world.enqueue(head).catch((error: unknown) => error), { timeout: 20_000 }).toBe(undefined);
  expect(verify(await receiver.received.next()).data['event']).toBe(head.id);
});

function serversOf({ nats, minio }: CallbackWorld) {
  return { nats: nats.address, store: minio.endpoint };
}
