import { freePort } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CallbackWorld, JOB, keyOf, verify } from './callback-world.ts';
import { Receiver, status } from './receiver.ts';

let world: CallbackWorld;
beforeAll(async () => {
  world = await CallbackWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

/** Again at once, up to so many attempts. */
const atMost = (attempts: number) => (attempt: number) => (attempt <= attempts ? 0 : null);

async function untilNothingWaits(): Promise<void> {
  await expect.poll(() => world.waiting()).toBe(0);
}

test('a callback is delivered once, signed so that the official library takes it, and a changed byte is noticed', async () => {
  await using receiver = await Receiver.start();
  await using _sender = await world.startSender();
  const head = await world.ended(receiver.url('/done?x=1'), { body: Buffer.from('été'), contentType: 'text/plain' });
  await world.enqueue(head);
  const received = await receiver.received.next();
  expect([received.method, received.path]).toEqual(['POST', '/done?x=1']);
  expect(received.headers).toMatchObject({
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(received.body)),
    'user-agent': 'sovfn',
    'sovfn-function': 'main/job',
  });
  const { type, data } = verify(received);
  expect(type).toBe('event.succeeded');
  const path = data['status'] as string;
  expect(data).toEqual({
    ...{ event: head.id, function: 'job', state: 'succeeded', outcome: 'ok', status: path },
    result: {
      ...{ status: 201, contentType: 'text/plain', bytes: 5, url: `${path}/result` },
      body: { encoding: 'utf8', data: 'été' },
    },
  });
  expect(() => verify({ ...received, body: received.body.replace('ok', 'no') })).toThrow('No matching signature');
  expect(() => verify(received, keyOf({ ...JOB, function: 'other' }))).toThrow('No matching signature');
  await untilNothingWaits();
  expect(receiver.received.size).toBe(0);
});

test('an event without a callback is not enqueued', async () => {
  await using _sender = await world.startSender();
  await world.enqueue({ ...(await world.ended('http://127.0.0.1:1/')), callback: null });
  expect(await world.waiting()).toBe(0);
});

test.each([
  ['bytes that are no text', Buffer.from([0xff, 0x00]), { encoding: 'base64', data: '/wA=' }],
  ['an empty result', Buffer.alloc(0), { encoding: 'utf8', data: '' }],
  ['the largest that is sent along', Buffer.alloc(65_536, 'x'), { encoding: 'utf8', data: 'x'.repeat(65_536) }],
  ['a larger one, which is fetched at its address', Buffer.alloc(65_537, 'x'), null],
])('the result in a callback: %s', async (_what, body, expected) => {
  await using receiver = await Receiver.start();
  await using _sender = await world.startSender();
  await world.enqueue(await world.ended(receiver.url(), { body }));
  const { data } = verify(await receiver.received.next());
  expect(data['result']).toMatchObject({ bytes: body.length, body: expected });
  await untilNothingWaits();
});

test.each(['dead-lettered', 'expired', 'cancelled'] as const)(
  'an event that ended %s is told as such',
  async (state) => {
    await using receiver = await Receiver.start();
    await using _sender = await world.startSender();
    await world.enqueue(await world.ended(receiver.url(), { state, attempt: { message: 'secret of the function' } }));
    const received = await receiver.received.next();
    expect(verify(received)).toMatchObject({ type: `event.${state}`, data: { state, result: null } });
    expect(received.body).not.toContain('secret');
    await untilNothingWaits();
  },
);

test('a receiver that answers 500 gets the same callback again, as often as the schedule says', async () => {
  await using receiver = await Receiver.start({ answer: status(500) });
  await using _sender = await world.startSender({ schedule: atMost(3) });
  const { id } = await world.ended(receiver.url()).then(async (head) => (await world.enqueue(head), head));
  const attempts = [await receiver.received.next(), await receiver.received.next(), await receiver.received.next()];
  const messages = attempts.map(({ headers }) => headers['webhook-id']);
  expect(messages).toEqual([id, id, id]);
  attempts.forEach((attempt) => verify(attempt));
  expect(await world.logged('callback-given-up')).toEqual({
    ...{ event: id, attempt: 3, reason: 'the receiver answered 500' },
  });
  await untilNothingWaits();
  expect(receiver.received.size).toBe(0);
});

test('by default the second attempt comes 5 s after the first, with at most a tenth more', async () => {
  await using receiver = await Receiver.start({ answer: status(503) });
  await using _sender = await world.startSender();
  const sentAt = Date.now();
  const head = await world.ended(receiver.url());
  await world.enqueue(head);
  await receiver.received.next();
  expect(await world.logged('callback-failed')).toMatchObject({ event: head.id, attempt: 1 });
  const dueAt = (await world.dueAt(head))!;
  expect(dueAt).toBeGreaterThanOrEqual(sentAt + 5_000);
  expect(dueAt).toBeLessThanOrEqual(Date.now() + 5_500);
  await world.forget(head);
});

test('a receiver that does not listen gets it when it does', async () => {
  const port = await freePort();
  await using _sender = await world.startSender({ schedule: (attempt) => (attempt < 100 ? 200 : null) });
  await world.enqueue(await world.ended(`http://127.0.0.1:${port}/`));
  expect(await world.logged('callback-failed')).toMatchObject({ reason: `connect ECONNREFUSED 127.0.0.1:${port}` });
  await using receiver = await Receiver.start({ port });
  verify(await receiver.received.next());
  await untilNothingWaits();
});

test.each([
  ['in seconds', () => '7200', 7_200_000],
  ['as a date', () => new Date(Date.now() + 7_200_000).toUTCString(), 7_199_000],
  ['as garbage, which counts as none', () => 'soon 1', 5_000],
  ['for less than the schedule, which stands', () => '1', 5_000],
  ['for a week, of which a day is granted', () => '604800', 86_400_000],
])('a receiver asks for time with Retry-After: %s', async (_how, header, leastMs) => {
  await using receiver = await Receiver.start({ answer: status(429, { 'retry-after': header() }) });
  await using _sender = await world.startSender();
  const sentAt = Date.now();
  const head = await world.ended(receiver.url());
  await world.enqueue(head);
  await world.logged('callback-failed');
  const dueAt = (await world.dueAt(head))!;
  expect(dueAt).toBeGreaterThanOrEqual(sentAt + leastMs);
  expect(dueAt).toBeLessThanOrEqual(Date.now() + leastMs * 1.1 + 1_000);
  await world.forget(head);
});

test('410 ends the callback at once', async () => {
  await using receiver = await Receiver.start({ answer: status(410, { 'retry-after': '1' }) });
  await using _sender = await world.startSender({ schedule: atMost(3) });
  const head = await world.ended(receiver.url());
  await world.enqueue(head);
  const given = await world.logged('callback-given-up');
  expect(given).toEqual({ event: head.id, attempt: 1, reason: 'the receiver answered 410' });
  await untilNothingWaits();
  expect(receiver.received.size).toBe(1);
});

test('a redirect is a failure, and is not followed', async () => {
  await using other = await Receiver.start();
  await using receiver = await Receiver.start({ answer: status(307, { location: other.url() }) });
  await using _sender = await world.startSender({ schedule: atMost(1) });
  await world.enqueue(await world.ended(receiver.url()));
  expect(await world.logged('callback-given-up')).toMatchObject({ reason: 'the receiver answered 307' });
  expect(other.received.size).toBe(0);
  await untilNothingWaits();
});

test('of an answer no more than the head is read, and a head that is too large is a failure', async () => {
  await using endless = await Receiver.start({ answer: (response) => void response.write('x'.repeat(1_000_000)) });
  await using large = await Receiver.start({ answer: status(204, { 'x-large': 'x'.repeat(20_000) }) });
  await using _sender = await world.startSender({ schedule: atMost(1) });
  await world.enqueue(await world.ended(endless.url()));
  await endless.received.next();
  await untilNothingWaits();
  await world.enqueue(await world.ended(large.url()));
  expect(await world.logged('callback-given-up')).toMatchObject({
    reason: expect.stringContaining('Header') as string,
  });
  await untilNothingWaits();
});

test('a callback that is enqueued twice, as after a crash, has the same id both times: that of the event', async () => {
  await using receiver = await Receiver.start();
  await using _sender = await world.startSender();
  const head = await world.ended(receiver.url());
  for (let times = 0; times < 2; times++) {
    await world.enqueue(head);
    expect((await receiver.received.next()).headers['webhook-id']).toBe(head.id);
  }
  await untilNothingWaits();
});

test('a callback whose event has not ended waits for its end', async () => {
  await using receiver = await Receiver.start();
  await using _sender = await world.startSender();
  const sentAt = Date.now();
  const head = await world.ended(receiver.url(), { state: 'running' });
  await world.enqueue(head);
  await expect.poll(() => world.dueAt(head)).toBeGreaterThan(sentAt + 4_000);
  expect(receiver.received.size).toBe(0);
  await world.forget(head);
});

test('a callback whose event is forgotten, or that cannot be read, is given up and holds up nothing', async () => {
  await using receiver = await Receiver.start();
  await using _sender = await world.startSender();
  const head = await world.ended(receiver.url());
  await world.enqueue({ ...head, id: world.newEvent() });
  expect(await world.logged('callback-given-up')).toMatchObject({
    reason: 'the record of the event is past its time',
  });
  world.connection.publish(`cb.fr.main.job.${head.id}`, 'from another version');
  expect(await world.logged('callback-interrupted')).toMatchObject({
    error: expect.stringContaining('a callback cannot be read') as string,
  });
  await world.enqueue(head);
  verify(await receiver.received.next());
  await untilNothingWaits();
});
