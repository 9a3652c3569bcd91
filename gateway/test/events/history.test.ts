import { MOST_BATCH_MESSAGES } from '@sovfn/bus';
import { isInvocationId, makeInvocationIds, recordSubject } from '@sovfn/protocol';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ZONE } from '../peers/gateway-bench.ts';
import { addressOf, OperatorBench } from './operator.ts';

interface Listed {
  readonly events: readonly { readonly event: string; readonly state: string }[];
  readonly damaged: readonly string[];
  readonly next: string | null;
}

let bench: OperatorBench;
beforeAll(async () => {
  bench = await OperatorBench.start();
});
afterAll(() => bench[Symbol.asyncDispose]());

async function list(name: string, query = ''): Promise<Listed> {
  return (await bench.control.ask('GET', `/v1/functions/${name}/events${query}`)).json as Listed;
}

const statesOf = ({ events }: Listed) => Object.fromEntries(events.map(({ event, state }) => [event, state]));
const idsOf = ({ events }: Listed) => events.map(({ event }) => event);

test('events are listed newest first, whatever has become of them, with the states of the protocol', async () => {
  const name = await bench.deploy();
  const accept = async (headers = {}) => bench.accept(name, { body: 'x', headers });
  const [ended, dead, running, due] = [await accept(), await accept(), await accept(), await accept()];
  const ordered = await accept({ 'sovfn-ordering-key': 'k' });
  const delayed = await accept({ 'sovfn-delay': '1h' });
  await bench.dispatcher.succeed(name, ended);
  await bench.dispatcher.die(name, dead);
  await bench.dispatcher.begin(name, running);
  const all = await list(name);
  expect(idsOf(all)).toEqual([delayed, ordered, due, running, dead, ended]);
  expect(statesOf(all)).toEqual({
    ...{ [delayed]: 'pending', [ordered]: 'pending', [due]: 'pending' },
    ...{ [running]: 'running', [dead]: 'dead-lettered', [ended]: 'succeeded' },
  });
  expect(all.next).toBeNull();
  expect(all.events.at(-1)).toMatchObject({ trigger: 'async', bytes: 1, attempts: 1, outcome: 'ok', status: 201 });
  expect(idsOf(await list(name, '?state=pending'))).toEqual([delayed, ordered, due]);
  expect(idsOf(await list(name, '?state=dead-lettered'))).toEqual([dead]);
  expect(await list('nobody')).toMatchObject({ events: [], next: null });
});

test('pages follow each other without a gap or a repetition', async () => {
  const name = await bench.deploy();
  const accepted = await Promise.all(
    Array.from({ length: 50 }, async () => (await bench.world.accept(`/fn/${name}/`)).event),
  );
  const ids = accepted.toSorted().toReversed();
  for (const id of ids.slice(20)) await bench.dispatcher.begin(name, id);
  const found: string[] = [];
  let pages = 0;
  for (let next: string | null = ''; next !== null; pages++) {
    const page: Listed = await list(name, `?limit=7${next === '' ? '' : `&before=${next}`}`);
    found.push(...idsOf(page));
    next = page.next;
  }
  expect(found).toEqual(ids);
  expect(pages).toBe(8);
});

test('a time range, a kind and a source choose among the events', async () => {
  const name = await bench.deploy({ webhooks: [{ name: 'in', verify: 'none' }] });
  const before = await bench.world.accept(`/fn/${name}/`);
  const from = new Date().toISOString();
  const delivered = await fetch(`${bench.control.bench.url}/hooks/${name}/in`, { method: 'POST', body: '{}' });
  const hook = delivered.headers.get('sovfn-event')!;
  const to = new Date(Date.now() + 1).toISOString();
  await untilPast(to);
  const after = await bench.world.accept(`/fn/${name}/`);
  expect(idsOf(await list(name))).toEqual([after.event, hook, before.event]);
  expect(idsOf(await list(name, `?from=${from}&to=${to}`))).toEqual([hook]);
  expect(idsOf(await list(name, `?to=${from}`))).toEqual([before.event]);
  expect(idsOf(await list(name, '?trigger=webhook&source=in'))).toEqual([hook]);
  expect(idsOf(await list(name, '?source=other'))).toEqual([]);
  expect(idsOf(await list(name, '?trigger=async'))).toEqual([after.event, before.event]);
});

test('one event that cannot be read is named, and hides no other', async () => {
  const name = await bench.deploy();
  const { event } = await bench.world.accept(`/fn/${name}/`);
  const broken = await bench.world.accept(`/fn/${name}/`);
  await bench.dispatcher.publish(recordSubject(addressOf(name), broken.event), Buffer.from('{"v":9}'));
  expect(await list(name)).toMatchObject({ events: [{ event }], damaged: [broken.event] });
});

test('100,000 records are listed page by page, from any place, with a rare state found by going on', async () => {
  const name = await bench.deploy();
  const ids = await writeRecords(name, 100_000);
  const newest = await list(name, '?limit=1000');
  expect(idsOf(newest)).toEqual(ids.slice(-1_000).toReversed());
  const middle = await list(name, `?limit=1000&before=${ids[50_000]}`);
  expect(idsOf(middle)).toEqual(ids.slice(49_000, 50_000).toReversed());
  let [rounds, found] = [0, [] as string[]];
  for (let next: string | null = ''; next !== null; rounds++) {
    const page: Listed = await list(name, `?state=expired&limit=10${next === '' ? '' : `&before=${next}`}`);
    found = [...found, ...idsOf(page)];
    next = page.next;
  }
  expect(found).toEqual([ids[0]]);
  expect(rounds).toBe(11);
}, 240_000);

test('an event is shown with its attempts, its output, and its request without secrets', async () => {
  const name = await bench.deploy();
  const headers = { authorization: 'Bearer hunter2', 'x-api-key': 'hunter2', cookie: 'sid=hunter2', 'x-own': 'yes' };
  const { event } = await bench.world.accept(`/fn/${name}/a?token=hunter2&%74oken=hunter2&n=1`, {
    body: 'abc',
    headers,
  });
  const pending = (await bench.control.ask('GET', `/v1/events/${event}`)).json;
  expect(pending).toMatchObject({
    event,
    function: name,
    zone: ZONE,
    state: 'pending',
    attempts: [],
    output: null,
    bytes: 3,
  });
  expect(JSON.stringify(pending)).not.toContain('hunter2');
  const prefix = await bench.dispatcher.succeed(name, event);
  const shown = (await bench.control.ask('GET', `/v1/events/${event}`)).json;
  expect(shown).toMatchObject({
    ...{ state: 'succeeded', output: { bucket: 'outputs', prefix }, letter: null, dueAt: null },
    attempts: [{ attempt: 1, outcome: 'ok', status: 201, node: 'node-1', cpuMs: 1, wallMs: 2 }],
    request: { method: 'POST', url: `${bench.control.bench.url}/a?token=…&%74oken=…&n=1` },
  });
  expect(JSON.stringify(shown)).not.toContain('hunter2');
  const { request } = shown as { request: { headers: { name: string; value: string | null }[] } };
  expect(request.headers).toContainEqual({ name: 'x-own', value: 'yes' });
  expect(request.headers).toContainEqual({ name: 'authorization', value: null });
});

test('a delayed event says when it is due, a webhook which delivery it is', async () => {
  const name = await bench.deploy({ webhooks: [{ name: 'in', verify: 'none', idHeader: 'x-id' }] });
  const { event } = await bench.world.accept(`/fn/${name}/`, { headers: { 'sovfn-delay': '1h' } });
  const { dueAt } = (await bench.control.ask('GET', `/v1/events/${event}`)).json as { dueAt: string };
  expect(new Date(dueAt)).toEqual(await bench.world.dueAt(name, event));
  const posted = { method: 'POST', body: '{}', headers: { 'x-id': 'evt_1' } };
  const hook = (await fetch(`${bench.control.bench.url}/hooks/${name}/in`, posted)).headers.get('sovfn-event')!;
  const shown = (await bench.control.ask('GET', `/v1/events/${hook}`)).json;
  expect(shown).toMatchObject({ trigger: 'webhook', source: 'in', request: { delivery: 'evt_1' } });
});

test('an event that nobody knows, and what is no id, are said to be so', async () => {
  const unknown = '01k2v5w8q9xr3t7yb4n6m0zc1d';
  expect(isInvocationId(unknown)).toBe(true);
  expect(await bench.control.refused('GET', `/v1/events/${unknown}`)).toMatchObject({
    status: 404,
    code: 'event-not-found',
  });
  expect(await bench.control.refused('GET', '/v1/events/latest')).toMatchObject({ status: 400, code: 'bad-request' });
  expect(await bench.control.refused('GET', '/v1/functions/f/events?state=done')).toMatchObject({
    code: 'bad-request',
  });
});

async function untilPast(iso: string): Promise<void> {
  while (Date.now() <= Date.parse(iso)) await new Promise(setImmediate);
}

/** Records of events that ended; the oldest expired. Resolves with their ids, oldest first. */
async function writeRecords(name: string, count: number): Promise<string[]> {
  const newId = makeInvocationIds((size) => randomBytes(size));
  const ids = Array.from({ length: count }, () => newId());
  const at = new Date().toISOString();
  const facts = { v: 1, trigger: 'async', ...addressOf(name), acceptedAt: at, endedAt: at, bytes: 0, source: null };
  const rest = { replayOf: null, turn: 1, attempts: [], output: null, cause: null, letter: null };
  const messages = ids.map((id, i) => {
    const record = { ...facts, ...rest, id, state: i === 0 ? 'expired' : 'succeeded' };
    const payload = Buffer.from(JSON.stringify(record));
    return { subject: recordSubject(addressOf(name), id), headers: '', payload };
  });
  for (let i = 0; i < count; i += MOST_BATCH_MESSAGES) {
    await bench.dispatcher.batches.commit(messages.slice(i, i + MOST_BATCH_MESSAGES));
  }
  return ids;
}
