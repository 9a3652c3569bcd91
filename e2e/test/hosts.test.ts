/**
 * Three nodes on hosts of their own, labelled FR, FR and DE. What of a function that requires `fr` runs where, what happens when
 * its hosts lose power, and what the host in Germany sees of it: nothing, in clear or not.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import { freePort, makeTemporaryFolder, startPlatform, type TestPlatform } from '@sovfn/testkit';
import { makeInvocationIds } from '@sovfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Capture, type Host, Hosts, whyNoHosts } from './hosts/hosts.ts';

const obstacle = whyNoHosts();
if (obstacle !== null) console.warn(`SKIPPED: no network namespaces can be made here, so no hosts: ${obstacle}`);

/** Not in the sources as they are, so that only calls carry them. */
const canary = (of: string): string => `canary-${of}-${randomBytes(12).toString('hex')}`;
const FRENCH = canary('fr');
const EUROPEAN = canary('eu');

const WARD = `
export default {
  async fetch(request, env, ctx) {
    const body = await request.text();
    const { pathname } = new URL(request.url);
    const attempt = Number(request.headers.get('sovfn-attempt') ?? 1);
    if (pathname.endsWith('/mend')) await env.STATE.put('mended', 'yes');
    if (pathname.endsWith('/retry') && attempt < 2) return new Response(body, { status: 503 });
    if (pathname.endsWith('/letter') && (await env.STATE.get('mended')) === null) return new Response(body, { status: 500 });
    if (pathname.endsWith('/queue')) await env.JOBS.send(body);
    if (pathname.endsWith('/service')) return env.DESK.fetch('http://desk/', { method: 'POST', body });
    ctx.waitUntil(env.STATE.put('last', body));
    return new Response(body);
  },
  async scheduled() {},
  async queue(batch, env) {
    for (const message of batch.messages) await env.STATE.put('queued', String(message.body));
  },
};`;
const ECHO = `export default { async fetch(request) { return new Response(await request.text()); } };`;
const CONFIG = {
  bindings: { STATE: { type: 'kv' }, JOBS: { type: 'queue' }, DESK: { type: 'service', function: 'desk' } },
  webhooks: [{ name: 'open', verify: 'none' }],
  schedules: [{ name: 'yearly', cron: '0 3 1 1 *' }],
  retry: { attempts: 2, minDelay: '0s', maxDelay: '1s' },
};
const LATER_MS = 60_000;

interface EventDetail {
  readonly state: string;
  readonly trigger: string;
  readonly attempts: readonly { readonly node: string | null }[];
}

interface Node {
  readonly host: Host;
  readonly data: string;
  process: ChildProcess;
}

let platform: TestPlatform;
let hosts: Hosts;
let folder: Awaited<ReturnType<typeof makeTemporaryFolder>>;
let nodes: Record<'paris' | 'lyon' | 'bonn', Node>;
const captures: { name: string; file: string; capture: Capture }[] = [];
const newKey = makeInvocationIds((size) => randomBytes(size));

beforeAll(async () => {
  if (obstacle !== null) return;
  folder = await makeTemporaryFolder('hosts');
  hosts = new Hosts();
  const listenNodes = { host: hosts.address, port: await freePort() };
  platform = await startPlatform({ fleet: { listenNodes, zones: ['fr', 'eu'] } });
  const [paris, lyon, bonn] = await Promise.all([
    joinHost('paris', 'FR'),
    joinHost('lyon', 'FR'),
    joinHost('bonn', 'DE'),
  ]);
  nodes = { paris, lyon, bonn };
  expect((await platform.operator('/v1/nodes/node-1/drain', { method: 'POST' })).status).toBe(200);
  await platform.deploy({ name: 'desk', code: ECHO });
  await platform.deploy({ name: 'ward', code: WARD, config: CONFIG });
  await platform.deploy({ name: 'europe', code: ECHO, config: { residency: 'eu' } });
  await control('PUT', '/v1/functions/europe/countries/DE');
}, 180_000);

afterAll(async () => {
  if (obstacle !== null) return;
  await hosts[Symbol.asyncDispose]();
  await platform[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

test.skipIf(obstacle !== null)(
  'a function of `fr` runs on French nodes only, whatever calls it; without them it stops, its events wait, and a German node sees nothing of it',
  async () => {
    // With all nodes: every way to call it.
    const ended = await everyTrigger();
    const ran = await Promise.all(ended.map((event) => untilState(event, 'succeeded')));
    expect(new Set(ran.map(({ trigger }) => trigger))).toEqual(new Set(['async', 'webhook', 'schedule', 'queue']));
    for (const { attempts } of ran) {
      expect(attempts.length).toBeGreaterThan(0);
      for (const { node } of attempts) expect(['paris', 'lyon']).toContain(node);
    }
    const letter = await accept('/letter');
    await untilState(letter, 'dead-lettered');
    for (let call = 0; call < 20; call++) expect(['paris', 'lyon']).toContain((await post('/', FRENCH)).node);

    // Both French hosts lose power.
    await Promise.all([nodes.paris.host.kill(), nodes.lyon.host.kill()]);
    await expect
      .poll(() => post('/', FRENCH), { timeout: LATER_MS })
      .toMatchObject({
        status: 503,
        body: expect.stringMatching(/"code":"(no-node-in-zone|residency-unsatisfied)"/) as string,
      });
    for (const path of ['/', '/service', '/queue']) expect(await post(path, FRENCH)).toMatchObject({ status: 503 });
    await untilHeardOfNobodyIn('fr');
    const waiting = [...(await durableTriggers()), await redrive(letter), await replay(ended[0]!)];
    for (const event of waiting) expect(['pending', 'waiting', 'running']).toContain((await detail(event)).state);
    // The German node is well, and does what it may.
    expect(await postTo('/fn/europe/', EUROPEAN)).toMatchObject({ status: 200, node: 'bonn', body: EUROPEAN });

    // One comes back: so does the function, and what waited.
    nodes.paris.process = await start(nodes.paris);
    await expect
      .poll(() => post('/mend', FRENCH), { timeout: LATER_MS })
      .toMatchObject({ status: 200, node: 'paris', body: FRENCH });
    for (const event of waiting) {
      const { attempts } = await untilState(event, 'succeeded');
      expect(attempts.at(-1)!.node).toBe('paris');
      for (const { node } of attempts) expect(['paris', null]).toContain(node);
    }

    // What each host saw: its own programs speak in clear on its loopback interface.
    const seen: Record<string, { fr: boolean; eu: boolean; dropped: number }> = {};
    for (const { name, file, capture } of captures) {
      const { dropped } = await capture.end();
      const bytes = await readFile(file);
      seen[name] = { fr: bytes.includes(FRENCH), eu: bytes.includes(EUROPEAN), dropped };
    }
    expect(seen).toEqual({
      'paris lo': { fr: true, eu: false, dropped: 0 },
      'paris eth0': { fr: false, eu: false, dropped: 0 },
      'bonn lo': { fr: false, eu: true, dropped: 0 },
      'bonn eth0': { fr: false, eu: false, dropped: 0 },
    });
  },
  240_000,
);

/** Calls that end at once, and events of every kind; resolves with the events. */
async function everyTrigger(): Promise<string[]> {
  for (const path of ['/', '/service', '/queue']) {
    const { status, node } = await post(path, FRENCH);
    expect([path, status]).toEqual([path, 200]);
    expect(['paris', 'lyon']).toContain(node);
  }
  const retried = await accept('/retry');
  const once = await durableTriggers();
  await untilState(once[0]!, 'succeeded');
  await expect.poll(() => eventsOf('queue'), { timeout: LATER_MS }).not.toEqual([]);
  return [...once, retried, await replay(once[0]!), ...(await eventsOf('queue'))];
}

async function durableTriggers(): Promise<string[]> {
  const delivered = await platform.call('/hooks/ward/open', { method: 'POST', body: FRENCH });
  const run = (await control('POST', '/v1/functions/ward/schedules/yearly/run', { v: 1, at: null })) as {
    event: string;
  };
  return [await accept('/'), delivered.headers.get('sovfn-event')!, run.event];
}

async function accept(path: string): Promise<string> {
  const init = { method: 'POST', body: FRENCH, headers: { prefer: 'respond-async' } };
  const response = await platform.call(`/fn/ward${path}`, init);
  expect(response.status).toBe(202);
  return response.headers.get('sovfn-event')!;
}

const replay = async (event: string): Promise<string> =>
  ((await control('POST', `/v1/events/${event}/replay`, { v: 1, key: newKey() })) as { replay: string }).replay;

const redrive = async (letter: string): Promise<string> =>
  ((await control('POST', `/v1/dead-letters/${letter}/redrive`)) as { replay: string }).replay;

async function eventsOf(trigger: string): Promise<string[]> {
  const { events } = (await control('GET', `/v1/functions/ward/events?trigger=${trigger}`)) as {
    events: { event: string }[];
  };
  return events.map(({ event }) => event);
}

const detail = async (event: string): Promise<EventDetail> =>
  (await control('GET', `/v1/events/${event}`)) as EventDetail;

async function untilState(event: string, state: string): Promise<EventDetail> {
  await expect.poll(async () => (await detail(event)).state, { timeout: LATER_MS }).toBe(state);
  return detail(event);
}

async function untilHeardOfNobodyIn(zone: string): Promise<void> {
  const serving = async (): Promise<string[]> => {
    const { nodes: all } = (await control('GET', '/v1/nodes')) as {
      nodes: { name: string; zones: string[]; isDraining: boolean }[];
    };
    return all.filter(({ zones, isDraining }) => zones.includes(zone) && !isDraining).map(({ name }) => name);
  };
  await expect.poll(serving, { timeout: LATER_MS }).toEqual([]);
}

const post = (path: string, body: string) => postTo(`/fn/ward${path}`, body);

async function postTo(path: string, body: string): Promise<{ status: number; node: string | null; body: string }> {
  const response = await platform.call(path, { method: 'POST', body });
  return { status: response.status, node: response.headers.get('sovfn-node'), body: await response.text() };
}

async function control(method: string, path: string, body?: object): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) };
  const response = await platform.control(path, init);
  const answer: unknown = await response.json();
  expect([path, response.status, answer]).toEqual([path, 200, answer]);
  return answer;
}

/** A host that becomes a node, with captures from before it knows of the platform. */
async function joinHost(name: 'paris' | 'lyon' | 'bonn', country: string): Promise<Node> {
  const host = hosts.add(name);
  for (const networkInterface of name === 'lyon' ? [] : (['lo', 'eth0'] as const)) {
    const file = join(folder.path, `${name}-${networkInterface}`);
    captures.push({ name: `${name} ${networkInterface}`, file, capture: await host.capture(networkInterface, file) });
  }
  const bundle = join(folder.path, `${name}.json`);
  await platform.addNode(name, { country, out: bundle });
  const data = join(folder.path, `data-${name}`);
  const node = { host, data };
  return { ...node, process: await start(node, '--enrol', bundle) };
}

/** Resolves when the node says that it takes calls. */
async function start({ host, data }: Pick<Node, 'host' | 'data'>, ...more: readonly string[]): Promise<ChildProcess> {
  const child = host.sovfn(['node', '--data', data, ...more], { ...process.env, LANG: 'C.UTF-8' });
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr!.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('Ctrl-C')) resolve();
    });
    child.once('exit', () => reject(new Error(`the node of ${host.name} did not start: ${said}`)));
  });
  return child;
}
