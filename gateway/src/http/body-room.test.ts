import { expect, test } from 'vitest';
import { BodyRoom } from './body-room.ts';

test('one function gets no more than half of the room, and another one still has some', () => {
  const room = new BodyRoom(100);
  room.take('main.flooded', 50);
  expect(() => room.take('main.flooded', 1)).toThrow('50 bytes of requests that become events');
  room.take('main.other', 50);
  room.free('main.flooded', 10);
  room.take('main.flooded', 10);
});

test('all together get no more than the room, and what is freed can be taken again', () => {
  const room = new BodyRoom(100);
  for (const owner of ['a', 'b', 'c', 'd']) room.take(owner, 25);
  expect(() => room.take('e', 1)).toThrow('100 bytes of requests that become events are being read already in all');
  room.free('a', 25);
  room.take('e', 25);
});
