import { outcomeRule } from '@sovfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GatewayBench } from '../peers/gateway-bench.ts';
import { exchange } from '../peers/raw-client.ts';

let bench: GatewayBench;
beforeAll(async () => {
  bench = await GatewayBench.start();
});
afterAll(() => bench[Symbol.asyncDispose]());

test('the public is not told what a function’s own error says', async () => {
  const detail = {
    message: 'no customer 4711',
    errorName: 'CustomerError',
    stack: 'CustomerError: no customer 4711\n  at src/a.ts:1:1',
  };
  await bench.serve({ name: 'throws' }, (served) => served.fail('exception', detail));
  const response = await fetch(`${bench.url}/fn/throws/`);
  const text = await response.text();
  expect(response.status).toBe(500);
  expect(response.headers.get('sovfn-outcome')).toBe('exception');
  expect(text).not.toMatch(/4711|CustomerError|src\/a/);
  expect(JSON.parse(text)).toMatchObject({
    code: 'exception',
    outcome: 'exception',
    detail: '"throws" failed with an error of its own',
    hint: 'Its owner sees the error with its stack: sovfn logs throws',
    invocation: response.headers.get('sovfn-invocation'),
  });
});

test.each([
  ['exceeded-cpu', 'cpuMs', '"limits" used more CPU time than its limit cpuMs of 200 (measured 251)'],
  ['exceeded-memory', 'memoryMb', '"limits" used more memory than its limit memoryMb of 200 (measured 251)'],
  ['exceeded-wall-time', 'wallMs', '"limits" did not answer within its limit wallMs of 200 (measured 251)'],
  ['exceeded-startup', 'startupMs', '"limits" took longer to load than its limit startupMs of 200 (measured 251)'],
] as const)('%s names the limit, its value and what was measured', async (outcome, limit, detail) => {
  const cell = await bench.serve({ name: 'limits' }, (served) =>
    served.fail(outcome, { message: 'hostile', limit, limitValue: 200, measured: 251 }),
  );
  const response = await fetch(`${bench.url}/fn/limits/`);
  expect(response.status).toBe(outcomeRule(outcome).status);
  expect(response.headers.get('sovfn-limit')).toBe(`${limit};value=200;measured=251`);
  expect(await response.json()).toMatchObject({
    code: outcome,
    detail,
    limit,
    limitValue: 200,
    measured: 251,
    hint: `Raise limits.${limit} in sovfn.jsonc, or let one call do less.`,
  });
  await cell.close();
});

test.each([
  ['a line break in a value', 'x-a\none\rtwo\n', 'x-a'],
  ['a NUL in a value', 'x-a\none\0two\n', 'x-a'],
  ['a space in a name', 'x a\none\n', 'x a'],
  ['an empty name', '\none\n', ''],
])('a response header with %s is never forwarded', async (_what, headers, name) => {
  const cell = await bench.serve({ name: 'splitting' }, (served) => served.answer('secret', { headers }));
  const answer = await exchange(bench.gateway.publicAddress, 'GET /fn/splitting/ HTTP/1.1', ['host: x']);
  expect(answer).toMatch(/^HTTP\/1\.1 502 /);
  expect(answer).not.toContain('secret');
  expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({
    code: 'invalid-response',
    detail: `the function answered with the header ${JSON.stringify(name)}, which HTTP does not allow`,
  });
  await cell.close();
});

test('a status that is no HTTP answer is a 502', async () => {
  await bench.serve({ name: 'odd-status' }, (served) => served.answer('x', { status: 101 }));
  expect((await fetch(`${bench.url}/fn/odd-status/`)).status).toBe(502);
});

test('without a node of the zone the answer is 503, names the zone and says when to come back', async () => {
  const version = await bench.deploy({ name: 'homeless' });
  await bench.untilVisible(version);
  const response = await fetch(`${bench.url}/fn/homeless/`);
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await response.json()).toMatchObject({
    code: 'no-node-in-zone',
    detail: 'no node of zone "fr" is connected, and the call may run nowhere else',
    hint: 'Nothing was run: send the request again in a moment.',
  });
});

test('a function of a zone that the gateway may not reach is refused', async () => {
  const version = await bench.deploy({ name: 'abroad', residency: 'de' });
  await bench.untilVisible(version);
  const response = await fetch(`${bench.url}/fn/abroad/`);
  expect([response.status, await response.json()]).toMatchObject([503, { code: 'residency-unsatisfied' }]);
});

test('a response that its function breaks off is cut off, never ended as if it were whole', async () => {
  const cell = await bench.serve({ name: 'breaks' });
  const response = fetch(`${bench.url}/fn/breaks/`);
  const served = await cell.calls.next();
  served.answerStreamed();
  served.chunk(0, Buffer.from('half'));
  const body = (await response).text();
  served.end(1, 'exception');
  await expect(body).rejects.toThrow('terminated');
});

test('while the bus is away callers are told so at once, and served again when it is back', async () => {
  await using own = await GatewayBench.start();
  await own.serve({ name: 'patient' }, (served) => served.answer('ok'));
  await own.nats.kill();
  await own.event('bus-lost');
  // A call that had waited for the bus would end as cell-lost.
  const refused = await fetch(`${own.url}/fn/patient/`);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await refused.json()).toMatchObject({
    code: 'bus-unavailable',
    detail: 'the messaging bus (NATS) is not reachable',
  });
  await own.nats.restart();
  await own.event('bus-connected');
  await own.serve({ name: 'patient' }, (served) => served.answer('ok'));
  expect(await (await fetch(`${own.url}/fn/patient/`)).text()).toBe('ok');
});
