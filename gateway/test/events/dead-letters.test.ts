import {
  deadLetterStream,
  deadLetterSubject,
  decodeDeadLetter,
  encodeDeadLetter,
  EVENT_INLINE_BYTES,
  makeInvocationIds,
  recordStream,
} from '@sovfn/protocol';
import { openStore } from '@sovfn/store';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bodyObject } from '../../src/events/accept/event-bodies.ts';
import { ZONE } from '../peers/gateway-bench.ts';
import { addressOf, OperatorBench } from './operator.ts';

let bench: OperatorBench;
beforeAll(async () => {
  bench = await OperatorBench.start();
});
afterAll(() => bench[Symbol.asyncDispose]());

interface ListedLetters {
  readonly letters: readonly { readonly event: string }[];
  readonly next: string | null;
}

const ANYTHING = { v: 1, trigger: null, source: null, outcome: null, from: null, to: null, before: null };

async function list(name: string, query = ''): Promise<ListedLetters> {
  return (await bench.control.ask('GET', `/v1/functions/${name}/dead-letters${query}`)).json as ListedLetters;
}

const lettersOf = ({ letters }: ListedLetters) => letters.map(({ event }) => event);

async function die(name: string, body = 'x'): Promise<string> {
  const event = await bench.accept(name, { body });
  await bench.dispatcher.die(name, event);
  return event;
}

async function redrive(event: string): Promise<string> {
  const { status, json } = await bench.control.ask('POST', `/v1/dead-letters/${event}/redrive`);
  expect([status, json]).toMatchObject([200, { event }]);
  return (json as { replay: string }).replay;
}

async function fateOf(event: string): Promise<string | null> {
  return ((await bench.control.ask('GET', `/v1/events/${event}`)).json as { letter: string | null }).letter;
}

test('dead letters are listed newest first, page by page, and chosen by when they died and how', async () => {
  const name = await bench.deploy();
  const events = [await die(name), await die(name), await die(name)];
  expect(lettersOf(await list(name))).toEqual(events.toReversed());
  const page = await list(name, '?limit=2');
  expect(lettersOf(page)).toEqual([events[2], events[1]]);
  expect(lettersOf(await list(name, `?limit=2&before=${page.next}`))).toEqual([events[0]]);
  expect((await list(name)).letters[0]).toMatchObject({
    ...{ trigger: 'async', bytes: 1, attempts: 2, outcome: 'exception', status: null },
    cause: 'all 2 attempts failed; the last one: exception: Error: no',
  });
  const old = await bench.accept(name);
  await bench.dispatcher.die(name, old, { diedAt: '2026-01-02T03:04:05Z', attempts: [] });
  expect(lettersOf(await list(name, `?from=${new Date(Date.now() - 3_600_000).toISOString()}`))).toEqual(
    events.toReversed(),
  );
  expect(lettersOf(await list(name, '?outcome=exception'))).toEqual(events.toReversed());
  expect(lettersOf(await list(name))).toEqual([old, ...events.toReversed()]);
});

test('a dead letter shows its cause, the last response and its attempts, and no secret of its request', async () => {
  const name = await bench.deploy();
  const event = await bench.accept(name, { body: 'x', headers: { authorization: 'Bearer hunter2' } });
  const body = Buffer.from('it broke').toString('base64');
  const lastResponse = { status: 503, headers: 'content-type\ntext/plain\nset-cookie\nhunter2\n', body, bytes: 8 };
  await bench.dispatcher.die(name, event, { lastResponse });
  const { json } = await bench.control.ask('GET', `/v1/dead-letters/${event}`);
  expect(json).toMatchObject({
    ...{ event, function: name, zone: ZONE, cause: expect.stringContaining('all 2 attempts failed') as string },
    attempts: [
      { attempt: 1, status: 503 },
      { attempt: 2, outcome: 'exception' },
    ],
    lastResponse: { status: 503, bytes: 8, body: { encoding: 'utf8', data: 'it broke' } },
  });
  expect(JSON.stringify(json)).not.toContain('hunter2');
});

test('a redriven letter becomes a new event, is gone, and its record says so', async () => {
  const name = await bench.deploy();
  const event = await die(name, 'again');
  const redriven = await redrive(event);
  const { head, body } = await bench.world.event(name, redriven);
  expect([head.replayOf, body.toString()]).toEqual([event, 'again']);
  expect(await list(name)).toMatchObject({ letters: [], next: null });
  expect(await fateOf(event)).toBe('redriven');
  const refused = await bench.control.refused('POST', `/v1/dead-letters/${event}/redrive`);
  expect(refused).toMatchObject({ status: 404, code: 'letter-not-found' });
});

test('redriven by many at once, a letter becomes one event', async () => {
  const name = await bench.deploy();
  const event = await die(name);
  const answers = await Promise.all(
    Array.from({ length: 10 }, async () => bench.control.ask('POST', `/v1/dead-letters/${event}/redrive`)),
  );
  const ids = answers.filter(({ status }) => status === 200).map(({ json }) => (json as { replay: string }).replay);
  expect(new Set(ids).size).toBe(1);
  expect(await bench.world.pending(name)).toEqual([ids[0]]);
});

test('a gateway that died after it had written which event a letter becomes makes no second one', async () => {
  const name = await bench.deploy();
  const event = await die(name);
  const begun = await letterBegun(name, event);
  expect(await redrive(event)).toBe(begun);
  expect(await bench.world.pending(name)).toEqual([begun]);
});

test('a gateway that died before it removed a redriven letter makes no second event, even days later', async () => {
  const name = await bench.deploy();
  for (const isForgotten of [false, true]) {
    const event = await die(name);
    const letter = await readLetter(name, event);
    const redriven = await redrive(event);
    await putBack(name, event, { ...letter, redrive: redriven });
    if (isForgotten) await bench.forgetMarkers(name);
    expect(await redrive(event)).toBe(redriven);
    expect(lettersOf(await list(name))).toEqual([]);
    expect((await bench.world.pending(name)).filter((id) => id === redriven)).toHaveLength(1);
  }
  expect(await bench.world.pending(name)).toHaveLength(2);
});

test('a letter whose record is past its time can still be shown and redriven', async () => {
  const name = await bench.deploy();
  const event = await die(name);
  await bench.world.streams.streams.purge(recordStream(ZONE), { filter: `rec.${ZONE}.main.${name}.${event}` });
  expect((await bench.control.ask('GET', `/v1/events/${event}`)).json).toMatchObject({ state: 'dead-lettered' });
  expect(await bench.world.pending(name)).toEqual([]);
  const redriven = await redrive(event);
  expect(await bench.world.pending(name)).toEqual([redriven]);
});

test('a large body goes along when a letter is redriven, and goes when it is purged', async () => {
  const name = await bench.deploy();
  const large = randomBytes(EVENT_INLINE_BYTES + 1_000);
  const store = openStore({ ...bench.control.minio.endpoint, tls: false });
  const read = async (id: string) => store.head('sovfn-events', bodyObject(addressOf(name), id));
  const accepted = await bench.accept(name, { body: large });
  await bench.dispatcher.die(name, accepted);
  const redriven = await redrive(accepted);
  expect(await read(accepted)).toBeNull();
  const bytes = await bench.world.storedBody(store, bodyObject(addressOf(name), redriven), large);
  expect(bytes.equals(large)).toBe(true);
  await bench.dispatcher.die(name, redriven);
  await bench.control.ask('DELETE', `/v1/dead-letters/${redriven}`);
  expect(await read(redriven)).toBeNull();
  store.close();
});

test('a purged letter is gone, its record says so, and nothing runs', async () => {
  const name = await bench.deploy();
  const [event, kept] = [await die(name), await die(name)];
  expect((await bench.control.ask('DELETE', `/v1/dead-letters/${event}`)).json).toEqual({ v: 1, event });
  expect(lettersOf(await list(name))).toEqual([kept]);
  expect([await fateOf(event), await fateOf(kept)]).toEqual(['purged', 'kept']);
  expect(await bench.control.refused('DELETE', `/v1/dead-letters/${event}`)).toMatchObject({
    code: 'letter-not-found',
  });
  expect(await bench.world.pending(name)).toEqual([]);
});

test('the letters that a filter fits are redriven or purged, page by page', async () => {
  const name = await bench.deploy();
  const events: string[] = [];
  for (let i = 0; i < 105; i++) events.push(await die(name));
  const before = events[52]!;
  const path = `/v1/functions/${name}/dead-letters`;
  const purged = (await bench.control.ask('POST', `${path}/purge`, { body: { ...ANYTHING, before } })).json;
  expect(purged).toEqual({ v: 1, purged: events.slice(0, 52).toReversed(), next: null });
  const body = { ...ANYTHING, outcome: 'exception' };
  const redriven = (await bench.control.ask('POST', `${path}/redrive`, { body })).json as {
    replayed: { event: string }[];
  };
  expect(redriven.replayed.map(({ event }) => event)).toEqual(events.slice(52).toReversed());
  expect(await bench.world.pending(name)).toHaveLength(53);
  expect(await list(name)).toMatchObject({ letters: [] });
}, 120_000);

test('a letter that cannot be read is named in the list, and can be purged', async () => {
  const name = await bench.deploy();
  const event = await die(name);
  const broken = await die(name);
  await bench.dispatcher.publish(deadLetterSubject(addressOf(name), broken), Buffer.from('broken'));
  expect(await list(name)).toMatchObject({ letters: [{ event }], damaged: [broken] });
  expect(await bench.control.refused('GET', `/v1/dead-letters/${broken}`)).toMatchObject({ code: 'bad-message' });
  expect((await bench.control.ask('DELETE', `/v1/dead-letters/${broken}`)).status).toBe(200);
  expect(await list(name)).toMatchObject({ letters: [{ event }], damaged: [] });
});

async function readLetter(name: string, event: string): Promise<ReturnType<typeof decodeDeadLetter>> {
  const subject = deadLetterSubject(addressOf(name), event);
  const message = await bench.world.streams.streams.getMessage(deadLetterStream(ZONE), { last_by_subj: subject });
  return decodeDeadLetter(await bench.world.sealed.open(subject, message!.data));
}

/** As after a crash: the letter lies there, and says which event it becomes. */
async function putBack(
  name: string,
  event: string,
  { letter, body, redrive: becomes }: ReturnType<typeof decodeDeadLetter> & { readonly redrive: string },
): Promise<void> {
  const begun = { ...letter, redrive: { event: becomes, at: new Date().toISOString() } };
  await bench.dispatcher.publish(deadLetterSubject(addressOf(name), event), encodeDeadLetter(begun, body));
}

async function letterBegun(name: string, event: string): Promise<string> {
  const becomes = makeInvocationIds((size) => randomBytes(size))();
  await putBack(name, event, { ...(await readLetter(name, event)), redrive: becomes });
  return becomes;
}
