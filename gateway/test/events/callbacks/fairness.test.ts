import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PER_ORIGIN } from '../../../src/events/callbacks/origin-turns.ts';
import { CallbackWorld, verify } from './callback-world.ts';
import { Receiver } from './receiver.ts';

const CALLBACKS = 100;

let world: CallbackWorld;
beforeAll(async () => {
  world = await CallbackWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

test('a receiver that does not answer holds up no other; once it does, it gets everything', async () => {
  const held: ServerResponse[] = [];
  await using slow = await Receiver.start({ answer: (response) => held.push(response) });
  await using quick = await Receiver.start();
  await using _sender = await world.startSender();
  const heads = await Promise.all(Array.from({ length: CALLBACKS }, () => world.ended(slow.url())));
  for (const head of heads) await world.enqueue(head);
  await expect.poll(() => held.length).toBe(PER_ORIGIN);
  for (let i = 0; i < 20; i++) {
    await world.enqueue(await world.ended(quick.url()));
    verify(await quick.received.next());
  }
  expect(held).toHaveLength(PER_ORIGIN);

  slow.answer = (response) => void response.writeHead(204).end();
  for (const response of held) response.writeHead(204).end();
  const events = new Set<unknown>();
  while (events.size < CALLBACKS) events.add(verify(await slow.received.next()).data['event']);
  expect(events).toEqual(new Set(heads.map(({ id }) => id)));
  await expect.poll(() => world.waiting(), { timeout: 20_000 }).toBe(0);
});
