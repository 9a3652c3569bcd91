/**
 * Whatever calls a function, and whichever nodes there are: it runs on a node of its zone, or not at all. A real platform, three
 * real nodes in two countries that come and go, each way to call a function; where code ran is read from three sources, the
 * answer or the event's record, the log and the signed receipt.
 */
import { randomBytes } from 'node:crypto';
import { type LogHistory, makeInvocationIds, type Receipt } from '@sovfn/protocol';
import { startPlatform, type TestPlatform } from '@sovfn/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { NODES, nodesIn, type NodeName, NodeSet, type Zone, ZONES } from './node-set.ts';

const WARD = `
export default {
  async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    const attempt = Number(request.headers.get('sovfn-attempt') ?? 1);
    console.log('request ' + pathname);
    if (pathname.endsWith('/mend')) await env.STATE.put('mended', 'yes');
    if (pathname.endsWith('/retry') && attempt < 2) return new Response('not yet', { status: 503 });
    if (pathname.endsWith('/letter') && (await env.STATE.get('mended')) === null) return new Response('no', { status: 500 });
    if (pathname.endsWith('/queue')) await env.JOBS.send('job');
    if (pathname.endsWith('/service')) return env.DESK.fetch('http://desk/');
    ctx.waitUntil((async () => { await env.STATE.put('last', pathname); console.log('waitUntil'); })());
    return new Response('ran');
  },
  async scheduled() { console.log('scheduled'); },
  async queue() { console.log('queue'); },
};`;
const DESK = `export default { async fetch() { console.log('service'); return new Response('ran'); } };`;
const SYNCHRONOUS = ['/', '/service', '/queue'];
/** What the log says when every kind of handler has run. */
const KINDS = ['queue', 'request /', 'request /letter', 'request /retry', 'scheduled', 'service', 'waitUntil'];
/** Sets of nodes that are tried; each takes a letter to redrive. */
const MOST_SETS = 6;
/** No further set is tried after it. Milliseconds. */
const TRY_MS = 25_000;
const LATER_MS = 60_000;
/** Of an event that has not ended. */
const WAITING = new Set(['pending', 'waiting', 'running']);
const NO_NODE = /"code":"(no-node-in-zone|no-capacity|residency-unsatisfied)"/;

interface EventDetail {
  readonly state: string;
  readonly trigger: string;
  readonly attempts: readonly { readonly node: string | null; readonly outcome: string }[];
}

let platform: TestPlatform;
let nodes: NodeSet;
const letters: Record<Zone, string[]> = { fr: [], eu: [] };
const replayed = {} as Record<Zone, string>;
const newKey = makeInvocationIds((size) => randomBytes(size));

beforeAll(async () => {
  platform = await startPlatform({ fleet: { zones: [...ZONES] } });
  expect((await platform.operator('/v1/nodes/node-1/drain', { method: 'POST' })).status).toBe(200);
  nodes = await NodeSet.of(platform);
  await nodes.become(NODES);
  // What is deployed may run in the countries of the nodes that are known.
  await vi.waitFor(async () => {
    const known = (await control('GET', '/v1/nodes')).nodes as { name: string }[];
    expect(known.map(({ name }) => name)).toEqual(expect.arrayContaining(NODES));
  });
  await Promise.all(ZONES.map((zone) => prepare(zone)));
}, 180_000);

afterAll(async () => {
  await nodes[Symbol.asyncDispose]();
  await platform[Symbol.asyncDispose]();
}, 60_000);

test('every trigger runs on nodes of the zone only, whichever nodes there are; without one, calls get 503 and events wait', async () => {
  const waiting: { zone: Zone; event: string }[] = [];
  const property = fc.asyncProperty(fc.subarray(NODES), fc.constantFrom(...ZONES), async (there, zone) => {
    await nodes.become(there);
    const able = nodesIn(zone, there);
    for (const path of SYNCHRONOUS) expectRanOn(able, await post(zone, path));
    const events = await everyDurableTrigger(zone);
    if (able.length > 0) {
      await Promise.all(events.map((event) => expectSucceededOn(able, event)));
      return;
    }
    waiting.push(...events.map((event) => ({ zone, event })));
    for (const event of events) {
      const { state, attempts } = await detail(event);
      expect(WAITING).toContain(state);
      for (const { node } of attempts) expect(node).toBe(null);
    }
  });
  // Whatever else is drawn. Runs depend on those before, so that a failure is not made smaller.
  const examples: [NodeName[], Zone][] = [
    [[], 'eu'],
    [['bonn'], 'fr'],
    [['bonn'], 'eu'],
  ];
  await fc.assert(property, {
    ...{ numRuns: MOST_SETS, endOnFailure: true, examples },
    ...{ interruptAfterTimeLimit: TRY_MS, markInterruptAsFailure: false },
  });

  await nodes.become(NODES);
  expect(waiting.length).toBeGreaterThan(0);
  for (const { zone, event } of waiting) await expectSucceededOn(nodesIn(zone), event);
  for (const zone of ZONES) {
    for (const path of SYNCHRONOUS) expectRanOn(nodesIn(zone), await post(zone, path));
    await Promise.all((await everyDurableTrigger(zone)).map((event) => expectSucceededOn(nodesIn(zone), event)));
    await expectWhereCodeRan(zone);
  }
}, 240_000);

/** Deploys; makes an event to replay, and letters to redrive. */
async function prepare(zone: Zone): Promise<void> {
  await platform.deploy({ name: `desk-${zone}`, code: DESK, config: { residency: zone } });
  await platform.deploy({ name: `ward-${zone}`, code: WARD, config: configIn(zone) });
  replayed[zone] = await accept(zone, '/');
  for (let letter = 0; letter <= MOST_SETS; letter++) letters[zone].push(await accept(zone, '/letter'));
  await untilState(replayed[zone], 'succeeded');
  await Promise.all(letters[zone].map((letter) => untilState(letter, 'dead-lettered')));
  expect((await post(zone, '/mend')).status).toBe(200);
}

const configIn = (zone: Zone): Record<string, unknown> => ({
  residency: zone,
  bindings: { STATE: { type: 'kv' }, JOBS: { type: 'queue' }, DESK: { type: 'service', function: `desk-${zone}` } },
  webhooks: [{ name: 'open', verify: 'none' }],
  schedules: [{ name: 'yearly', cron: '0 3 1 1 *' }],
  retry: { attempts: 2, minDelay: '0s', maxDelay: '1s' },
});

/** Resolves with the events: asynchronous, one that is retried, webhook, schedule, redrive, replay. */
async function everyDurableTrigger(zone: Zone): Promise<string[]> {
  const name = `ward-${zone}`;
  const delivered = await platform.call(`/hooks/${name}/open`, { method: 'POST', body: 'x' });
  const run = await control('POST', `/v1/functions/${name}/schedules/yearly/run`, { v: 1, at: null });
  const redriven = await control('POST', `/v1/dead-letters/${letters[zone].pop()!}/redrive`);
  const again = await control('POST', `/v1/events/${replayed[zone]}/replay`, { v: 1, key: newKey() });
  return [
    ...[await accept(zone, '/'), await accept(zone, '/retry'), delivered.headers.get('sovfn-event')!],
    ...[run.event as string, redriven.replay as string, again.replay as string],
  ];
}

function expectRanOn(able: readonly NodeName[], { status, node, body }: Awaited<ReturnType<typeof post>>): void {
  if (able.length > 0) {
    expect([status, body]).toEqual([200, 'ran']);
    expect(able).toContain(node);
  } else {
    expect([status, node, body]).toEqual([503, null, expect.stringMatching(NO_NODE)]);
  }
}

async function expectSucceededOn(able: readonly NodeName[], event: string): Promise<void> {
  const { attempts } = await untilState(event, 'succeeded');
  for (const { node, outcome } of attempts) expect([...able, null], outcome).toContain(node);
  expect(able).toContain(attempts.at(-1)!.node);
}

/** Each line of the log was written in the zone, and the receipt of its call, signed by node and gateway, says so too. */
async function expectWhereCodeRan(zone: Zone): Promise<void> {
  const invocations = new Map<string, string>();
  const kinds = async (): Promise<string[]> => {
    const said = new Set<string>();
    for (const name of [`ward-${zone}`, `desk-${zone}`]) {
      const { entries } = (await control('GET', `/v1/functions/${name}/logs?limit=10000`)) as unknown as LogHistory;
      for (const { node, invocation, text } of entries) {
        expect(nodesIn(zone)).toContain(node);
        if (invocation !== null) invocations.set(invocation, node);
        said.add(text);
      }
    }
    return KINDS.filter((kind) => said.has(kind));
  };
  await expect.poll(kinds, { timeout: LATER_MS }).toEqual(KINDS);
  for (const [invocation, node] of invocations) {
    const { labels, context } = await nodeHalfOf(invocation);
    expect([labels.labels.name, context.zone]).toEqual([node, zone]);
    expect(labels.labels.zones).toContain(zone);
  }
}

/** Signed in batches: it comes soon after the call. */
async function nodeHalfOf(invocation: string): Promise<NonNullable<Receipt['node']>> {
  return vi.waitFor(
    async () => {
      const { node } = (await control('GET', `/v1/receipts/${invocation}`)) as unknown as Receipt;
      expect(node).not.toBe(null);
      return node!;
    },
    { timeout: LATER_MS },
  );
}

async function accept(zone: Zone, path: string): Promise<string> {
  const init = { method: 'POST', body: 'x', headers: { prefer: 'respond-async' } };
  const response = await platform.call(`/fn/ward-${zone}${path}`, init);
  expect(response.status).toBe(202);
  return response.headers.get('sovfn-event')!;
}

async function post(zone: Zone, path: string): Promise<{ status: number; node: string | null; body: string }> {
  const response = await platform.call(`/fn/ward-${zone}${path}`, { method: 'POST', body: 'x' });
  return { status: response.status, node: response.headers.get('sovfn-node'), body: await response.text() };
}

const detail = async (event: string): Promise<EventDetail> =>
  (await control('GET', `/v1/events/${event}`)) as unknown as EventDetail;

async function untilState(event: string, state: string): Promise<EventDetail> {
  return vi.waitFor(
    async () => {
      const found = await detail(event);
      expect(found.state).toBe(state);
      return found;
    },
    { timeout: LATER_MS },
  );
}

async function control(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
  const headers = { 'content-type': 'application/json' };
  const response = await platform.control(path, {
    ...{ method, headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  expect([path, response.status, answer]).toEqual([path, 200, answer]);
  return answer;
}
