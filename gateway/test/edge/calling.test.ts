import { afterAll, beforeAll, expect, test } from 'vitest';
import { unpackHeaders } from '@sovfn/protocol';
import { GatewayBench } from '../peers/gateway-bench.ts';
import { exchange } from '../peers/raw-client.ts';

let bench: GatewayBench;
beforeAll(async () => {
  bench = await GatewayBench.start({ config: { baseDomain: 'fn.example' } });
});
afterAll(() => bench[Symbol.asyncDispose]());

test('a call reaches the function with its method, path, query, headers and body, and the answer comes back', async () => {
  const cell = await bench.serve({ name: 'echo' }, (served) =>
    served.answer('salut', { status: 201, headers: 'content-type\ntext/plain\nx-own\nyes\n' }),
  );
  const response = await fetch(`${bench.url}/fn/echo/a/b?c=d%20e`, {
    method: 'PUT',
    body: 'bonjour',
    headers: { 'X-One': '1' },
  });
  expect([response.status, await response.text()]).toEqual([201, 'salut']);
  expect(response.headers.get('x-own')).toBe('yes');
  expect(response.headers.get('content-length')).toBe('5');
  const { call } = await cell.calls.next();
  expect(call).toMatchObject({ method: 'PUT', url: `${bench.url}/a/b?c=d%20e`, trigger: 'http', streamed: false });
  expect(Buffer.from(call.body).toString()).toBe('bonjour');
  expect(headersOf(call.headers)).toMatchObject({
    'x-one': '1',
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'http',
    'sovfn-base-path': '/fn/echo',
  });
});

test('an answer says which invocation, version, node and zone it came from, and where the time went', async () => {
  await bench.serve({ name: 'facts' }, (served) => served.answer('ok', { cold: true }));
  const { headers } = await fetch(`${bench.url}/fn/facts/`);
  expect(headers.get('sovfn-invocation')).toMatch(/^[0-7][0-9a-z]{25}$/);
  expect(headers.get('sovfn-version')).toMatch(/^[1-9a-f]0{11}$/);
  expect([headers.get('sovfn-node'), headers.get('sovfn-zone'), headers.get('sovfn-outcome')]).toEqual([
    'node-1',
    'fr',
    null,
  ]);
  expect(headers.get('server-timing')).toMatch(/^cold, queue;dur=[\d.]+, cpu;dur=0\.12, total;dur=[\d.]+$/);
});

test.each([
  ['/fn/paths', '/'],
  ['/fn/paths/', '/'],
  ['/fn/paths?q=1', '/?q=1'],
  ['/fn/main:paths/x', '/x'],
  ['/paths/in/a/route', '/paths/in/a/route'],
  ['/paths', '/paths'],
])('at %s the function sees %s', async (path, seen) => {
  const cell = await bench.serve({ name: 'paths', routes: ['/paths/*'] }, (served) => served.answer('ok'));
  expect((await fetch(bench.url + path)).status).toBe(200);
  const { call } = await cell.calls.next();
  expect(call.url).toBe(bench.url + seen);
  await cell.close();
});

test('a function of another tenant is reached by name and by host, and owns no routes', async () => {
  const cell = await bench.serve({ name: 'shop', tenant: 'acme', routes: ['/shop/*'] }, (served) =>
    served.answer('acme'),
  );
  expect(await (await fetch(`${bench.url}/fn/acme:shop/x`)).text()).toBe('acme');
  expect((await cell.calls.next()).call.url).toBe(`${bench.url}/x`);
  const byHost = await exchange(bench.gateway.publicAddress, 'GET /y HTTP/1.1', ['Host: Shop--acme.fn.example:8080']);
  expect(byHost).toContain('\r\n\r\nacme');
  expect((await cell.calls.next()).call.url).toBe('http://Shop--acme.fn.example:8080/y');
  expect((await fetch(`${bench.url}/fn/shop/`)).status).toBe(404);
  expect((await fetch(`${bench.url}/shop/x`)).status).toBe(404);
});

test('a redeployed function answers with the new version, a removed one no more', async () => {
  await bench.serve({ name: 'moving' }, (served) => served.answer('one'));
  expect(await (await fetch(`${bench.url}/fn/moving/`)).text()).toBe('one');
  const second = await bench.deploy({ name: 'moving' });
  const cell = await bench.cell('c-moving-2');
  await cell.serve(second, (served) => served.answer('two'));
  await bench.untilVisible(second);
  expect(await (await fetch(`${bench.url}/fn/moving/`)).text()).toBe('two');
  await bench.remove('moving');
  expect((await fetch(`${bench.url}/fn/moving/`)).status).toBe(404);
});

test('a route that two functions ask for stays with the one that was deployed first, and the log says so', async () => {
  await bench.serve({ name: 'first-owner', routes: ['/wanted/*'] }, (served) => served.answer('first'));
  await bench.serve({ name: 'second-owner', routes: ['/wanted/*'] }, (served) => served.answer('second'));
  expect(await bench.event('route-conflict')).toEqual({
    route: '/wanted/*',
    owner: 'first-owner',
    refused: 'second-owner',
  });
  expect(await (await fetch(`${bench.url}/wanted/x`)).text()).toBe('first');
  await bench.remove('first-owner');
  expect(await (await fetch(`${bench.url}/wanted/x`)).text()).toBe('second');
});

test('what a caller may not set does not reach the function; duplicates and order do', async () => {
  const cell = await bench.serve({ name: 'headers' }, (served) => served.answer('ok'));
  await exchange(bench.gateway.publicAddress, 'GET /fn/headers/ HTTP/1.1', [
    'Host: x.example',
    'X-Forwarded-For: 6.6.6.6',
    'Forwarded: for=6.6.6.6',
    'Sovfn-Invocation: forged',
    'Nats-Msg-Id: forged',
    'TE: trailers',
    'X-Hop: gone',
    'Accept: a',
    'accept: b',
    'Cookie: c=d',
    'Connection: keep-alive, X-Hop',
  ]);
  const { call } = await cell.calls.next();
  expect(unpackHeaders(call.headers)).toEqual([
    ...['host', 'x.example', 'accept', 'a', 'accept', 'b', 'cookie', 'c=d'],
    ...['x-forwarded-for', '127.0.0.1', 'x-forwarded-proto', 'http', 'x-forwarded-host', 'x.example'],
    ...['sovfn-base-path', '/fn/headers'],
  ]);
});

test.each([
  ['HEAD', 200],
  ['GET', 204],
  ['GET', 304],
])('the answer to %s with status %d has no body', async (method, status) => {
  await bench.serve({ name: `empty-${method.toLowerCase()}-${status}` }, (served) =>
    served.answer('hidden', { status }),
  );
  const path = `/fn/empty-${method.toLowerCase()}-${status}/`;
  const answer = await exchange(bench.gateway.publicAddress, `${method} ${path} HTTP/1.1`, ['host: x']);
  expect(answer).toMatch(/\r\n\r\n$/);
  expect(answer.includes('content-length')).toBe(method === 'HEAD');
});

test('several requests on one connection are answered in order', async () => {
  await bench.serve({ name: 'order' }, (served) => served.answer(new URL(served.call.url).pathname));
  const answer = await exchange(
    bench.gateway.publicAddress,
    'GET /fn/order/1 HTTP/1.1\r\nhost: x\r\n\r\nGET /fn/order/2 HTTP/1.1\r\nhost: x\r\n\r\nGET /fn/order/3 HTTP/1.1',
    ['host: x'],
  );
  expect([...answer.matchAll(/\r\n\r\n(\/\d)/g)].map((match) => match[1])).toEqual(['/1', '/2', '/3']);
});

function headersOf(block: string): Record<string, string> {
  const flat = unpackHeaders(block);
  return Object.fromEntries(flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1]!]] : [])));
}
