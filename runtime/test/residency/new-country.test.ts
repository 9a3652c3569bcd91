/**
 * A zone gets its first node in a further country: a function goes on where it ran, and runs there when its tenant has accepted the
 * country. A real platform, real nodes in two countries.
 */
import { readFile } from 'node:fs/promises';
import { decodeCredential } from '@sovfn/bus';
import { WireClient } from '@sovfn/bus/wire';
import type { CountryList, FunctionCountries, NodeList } from '@sovfn/protocol';
import { placementSubject, SUPERVISOR_QUEUE } from '@sovfn/protocol';
import { startPlatform, type TestPlatform } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type NodeName, NodeSet } from './node-set.ts';

const WARD = `export default { async fetch() { return new Response('ran'); } };`;
const LATER_MS = 60_000;

let platform: TestPlatform;
let nodes: NodeSet;

beforeAll(async () => {
  platform = await startPlatform({ fleet: { zones: ['fr', 'eu'] } });
  expect((await platform.operator('/v1/nodes/node-1/drain', { method: 'POST' })).status).toBe(200);
  nodes = await NodeSet.of(platform);
  await become('paris');
  for (const residency of ['fr', 'eu']) await deploy(`ward-${residency}`, residency);
}, 180_000);

afterAll(async () => {
  await nodes[Symbol.asyncDispose]();
  await platform[Symbol.asyncDispose]();
}, 60_000);

test('a country without a node is not asked about, and one that has got a node waits, but for zones of one country', async () => {
  const noted = { function: 'ward-eu', zone: 'eu', accepted: ['FR'], waiting: [] };
  const ofFrance = { function: 'ward-fr', zone: 'fr', accepted: ['FR'], waiting: [] };
  expect(await countries()).toMatchObject([noted, ofFrance]);
  await become('paris', 'bonn');
  expect(await countries()).toMatchObject([{ ...noted, waiting: ['DE'] }, ofFrance]);
  expect(await deploy('ward-eu', 'eu', 'again')).toMatchObject({ waitingCountries: ['DE'] });
  expect(await deploy('ward-fr', 'fr', 'again')).toMatchObject({ waitingCountries: [] });
});

test('until it is accepted calls run in the former country; without a node there they get 503 and events wait', async () => {
  expect(await call('ward-eu')).toEqual([200, 'paris', 'ran']);
  await become('bonn');
  const [status, node, body] = await call('ward-eu');
  expect([status, node]).toEqual([503, null]);
  expect(JSON.parse(body)).toMatchObject({
    code: 'no-node-in-zone',
    detail: 'the nodes of zone "eu" are in DE, and the tenant of the function has not accepted that',
  });
  const event = await accept('ward-eu');
  expect(await stateOf(event)).not.toBe('succeeded');
  await become('paris', 'bonn');
  await expect.poll(() => stateOf(event), { timeout: LATER_MS }).toBe('succeeded');
  expect(await nodesOf(event)).toEqual(['paris']);
}, 120_000);

test('what is accepted is checked, in the audit log, and used from then on', async () => {
  expect((await put('ward-eu', 'US')).status).toBe(400);
  expect((await put('ward-fr', 'DE')).status).toBe(400);
  expect((await put('nothing', 'DE')).status).toBe(404);
  const accepted = await put('ward-eu', 'DE');
  expect([accepted.status, (await accepted.json()) as FunctionCountries]).toMatchObject([
    200,
    { function: 'ward-eu', accepted: ['DE', 'FR'], waiting: [] },
  ]);
  const log = await (await platform.control('/v1/audit?limit=100')).text();
  expect(log).toContain('"acceptCountry"');
  await become('bonn');
  expect(await call('ward-eu')).toEqual([200, 'bonn', 'ran']);
  expect((await call('ward-fr'))[0]).toBe(503);
}, 60_000);

test('a function that is deployed while nodes are in both countries may run in both', async () => {
  await become('paris', 'bonn');
  await deploy('late', 'eu');
  expect((await countries()).find(({ function: name }) => name === 'late')).toMatchObject({ accepted: ['DE', 'FR'] });
});

test('NATS lets a node take the placements of its own country only', async () => {
  expect(await refusals('bonn', placementSubject('eu', 'DE'))).toEqual([]);
  for (const subject of [placementSubject('eu', 'FR'), 'place.eu.*']) {
    expect(await refusals('bonn', subject)).toEqual([
      `Permissions Violation for Subscription to "${subject}" using queue "${SUPERVISOR_QUEUE}"`,
    ]);
  }
});

/** Resolves when the gateway knows these nodes, and no other that was started here. */
async function become(...wanted: NodeName[]): Promise<void> {
  await nodes.become(wanted);
  await vi.waitFor(
    async () => {
      const { nodes: known } = (await (await platform.control('/v1/nodes')).json()) as NodeList;
      expect(known.map(({ name }) => name).toSorted()).toEqual(['node-1', ...wanted].toSorted());
    },
    { timeout: LATER_MS },
  );
}

const deploy = (name: string, residency: string, text = 'first') =>
  platform.deploy({ name, code: `// ${text}\nglobalThis.version = '${text}';\n${WARD}`, config: { residency } });

async function countries(): Promise<CountryList['functions']> {
  return ((await (await platform.control('/v1/countries')).json()) as CountryList).functions;
}

const put = (name: string, country: string): Promise<Response> =>
  platform.control(`/v1/functions/${name}/countries/${country}`, { method: 'PUT' });

async function call(name: string): Promise<[status: number, node: string | null, body: string]> {
  const response = await platform.call(`/fn/${name}/`);
  return [response.status, response.headers.get('sovfn-node'), await response.text()];
}

async function accept(name: string): Promise<string> {
  const init = { method: 'POST', body: 'x', headers: { prefer: 'respond-async' } };
  return (await platform.call(`/fn/${name}/`, init)).headers.get('sovfn-event')!;
}

interface EventDetail {
  readonly state: string;
  readonly attempts: readonly { readonly node: string | null }[];
}

const detail = async (event: string): Promise<EventDetail> =>
  (await (await platform.control(`/v1/events/${event}`)).json()) as EventDetail;
const stateOf = async (event: string): Promise<string> => (await detail(event)).state;
const nodesOf = async (event: string): Promise<(string | null)[]> =>
  (await detail(event)).attempts.map(({ node }) => node);

/** What NATS says to whoever subscribes by hand with the credential of a node. */
async function refusals(node: NodeName, subject: string): Promise<string[]> {
  const said: string[] = [];
  const { address, credsFile } = nodes.busOf(node);
  const credential = decodeCredential(await readFile(credsFile, 'utf8'));
  const client = await WireClient.connect({ address, credential, name: 'by hand', onRefused: (why) => said.push(why) });
  client.subscribe(subject, SUPERVISOR_QUEUE, () => undefined);
  await client.flush();
  await client.close();
  return said;
}
