import {
  assertLabelsSigned,
  type Place,
  type Transparency,
  TRANSPARENCY_PATH,
  transparencySchema,
} from '@sovfn/protocol';
import { PARIS } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GatewayBench } from '../peers/gateway-bench.ts';

const HOSTED: Place = { ...PARIS, operator: 'Infogérance SARL', provider: 'Test SAS', legalSeat: 'BE', certs: [] };
const ASSUMED: Place = { ...PARIS, region: null, city: null, operator: null, legalSeat: null, basis: 'assumed' };

let bench: GatewayBench;
beforeAll(async () => {
  bench = await GatewayBench.start();
  await bench.announceNode('hosted', HOSTED);
  await bench.announceNode('laptop', ASSUMED);
});
afterAll(() => bench[Symbol.asyncDispose]());

const read = (init: RequestInit = {}): Promise<Response> => fetch(bench.url + TRANSPARENCY_PATH, init);

async function document(): Promise<Transparency> {
  return transparencySchema.parse(await (await read()).json());
}

test('anybody may read where the platform runs, who runs it and under whose law, with labels that verify', async () => {
  // What was made before the nodes were heard of may still be shown for some seconds.
  await expect
    .poll(async () => (await document()).components.map(({ labels }) => labels.name))
    .toEqual(['gw-1', 'hosted', 'laptop']);
  const { countries, parties, undeclared, components, platform } = await document();
  expect(countries).toEqual(['FR']);
  expect(parties).toEqual([
    { name: 'Infogérance SARL', roles: ['operator'], countries: ['FR'], legalSeats: ['BE'] },
    { name: 'Test SAS', roles: ['operator', 'provider'], countries: ['FR'], legalSeats: ['FR'] },
  ]);
  expect(undeclared).toEqual(['laptop']);
  for (const component of components) assertLabelsSigned(component, platform.x);
});

test('it may be cached, is the same for HEAD, and takes nothing', async () => {
  const { status, headers } = await read({ method: 'HEAD' });
  expect(status).toBe(200);
  expect(headers.get('cache-control')).toBe('public, max-age=10');
  expect(headers.get('content-type')).toBe('application/json');
  expect((await read({ method: 'POST', body: 'x' })).status).toBe(405);
});

test('no function can answer in its place', async () => {
  const cell = await bench.serve({ name: 'liar', routes: ['/.well-known/*'] }, (call) => call.answer('lies'));
  expect(await (await fetch(`${bench.url}/.well-known/other`)).text()).toBe('lies');
  expect((await document()).v).toBe(1);
  expect(cell).toBeDefined();
});
