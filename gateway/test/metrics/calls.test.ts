import { afterAll, beforeAll, expect, test } from 'vitest';
import { ControlBench, TOKEN } from '../control/control-bench.ts';
import { RawClient } from '../peers/raw-client.ts';
import { scrape, type Scrape, untilScrape } from './scrape.ts';

let control: ControlBench;
beforeAll(async () => {
  control = await ControlBench.start();
});
afterAll(() => control[Symbol.asyncDispose]());

const look = (): Promise<Scrape> => scrape(control);
const call = async (name: string, init: RequestInit = {}): Promise<Response> => {
  const response = await fetch(`${control.bench.url}/fn/${name}/`, init);
  await response.arrayBuffer();
  return response;
};

test('metrics are the Prometheus text format, for whoever has a token', async () => {
  const response = await control.send('GET', '/metrics');
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect((await control.send('GET', '/metrics', { token: null })).status).toBe(401);
  expect((await control.send('GET', '/metrics', { token: `${TOKEN}x` })).status).toBe(401);
});

test('calls are counted by what became of them: answers, their status, cold starts, time and CPU', async () => {
  let calls = 0;
  await control.bench.serve({ name: 'counted' }, (served) =>
    served.answer('x', { status: [200, 201, 404, 500][calls]!, cold: calls++ === 0, cpuUs: 250_000 }),
  );
  for (let each = 0; each < 4; each++) await call('counted');
  const seen = await look();
  const of = { tenant: 'main', function: 'counted' };
  expect(seen.value('sovfn_calls_total', { ...of, trigger: 'http', fault: 'none' })).toBe(4);
  expect(seen.value('sovfn_calls_total', { ...of, trigger: 'http', fault: 'function' })).toBe(0);
  expect(seen.all('sovfn_call_failures_total', of)).toEqual([]);
  const statuses = seen.all('sovfn_responses_total', of).map(({ labels, value }) => [labels['status'], value]);
  expect(statuses).toEqual([
    ['2xx', 2],
    ['4xx', 1],
    ['5xx', 1],
  ]);
  expect(seen.value('sovfn_cold_starts_total', of)).toBe(1);
  expect(seen.value('sovfn_call_cpu_seconds_total', of)).toBeCloseTo(1);
  expect(seen.value('sovfn_call_duration_seconds_count', of)).toBe(4);
  expect(seen.value('sovfn_call_duration_seconds_bucket', { ...of, le: '+Inf' })).toBe(4);
  expect(seen.value('sovfn_call_duration_seconds_sum', of)).toBeGreaterThan(0);
  const cumulative = seen.all('sovfn_call_duration_seconds_bucket', of).map(({ value }) => value);
  expect(cumulative).toEqual(cumulative.toSorted((a, b) => a - b));
});

test('a killed call is told with its limit, the value and what was measured: in header, body and metrics alike', async () => {
  await control.bench.serve({ name: 'greedy', limits: { cpuMs: 200 } }, (served) =>
    served.fail('exceeded-cpu', { limit: 'cpuMs', limitValue: 200, measured: 231 }),
  );
  expect((await call('greedy')).headers.get('sovfn-limit')).toBe('cpuMs;value=200;measured=231');
  const seen = await look();
  const kill = { function: 'greedy', outcome: 'exceeded-cpu', limit: 'cpuMs' };
  expect(seen.value('sovfn_calls_killed_total', kill)).toBe(1);
  expect(seen.value('sovfn_kill_limit', kill)).toBe(200);
  expect(seen.value('sovfn_kill_measured', kill)).toBe(231);
  expect(seen.value('sovfn_calls_killed_total', { function: 'greedy', outcome: 'exceeded-memory' })).toBe(0);
  expect(seen.value('sovfn_call_failures_total', { function: 'greedy', outcome: 'exceeded-cpu' })).toBe(1);
  expect(seen.value('sovfn_calls_total', { function: 'greedy', fault: 'function' })).toBe(1);
});

test('a response that breaks off, and a caller that leaves, are failures of their own kind', async () => {
  const cell = await control.bench.serve({ name: 'broken' }, (served) => {
    served.answerStreamed();
    served.end(0, 'exception');
  });
  await expect(call('broken')).rejects.toThrow();
  const held = await control.bench.serve({ name: 'left' });
  const client = await RawClient.open(control.bench.gateway.publicAddress);
  client.send('GET /fn/left/ HTTP/1.1\r\nhost: x\r\n\r\n');
  await held.calls.next();
  client[Symbol.dispose]();
  const seen = await untilScrape(
    control,
    (each) => each.value('sovfn_calls_total', { function: 'left', fault: 'caller' }) === 1,
  );
  expect(seen.value('sovfn_call_failures_total', { function: 'left', outcome: 'canceled' })).toBe(1);
  expect(seen.value('sovfn_call_failures_total', { function: 'broken', outcome: 'exception' })).toBe(1);
  expect(seen.value('sovfn_calls_total', { function: 'broken', fault: 'none' })).toBe(0);
  await cell.close();
});

test('what the gateway answers itself is counted apart, and is no call', async () => {
  await control.bench.serve({ name: 'small', limits: { bodyMb: 0.001 } }, (served) => served.answer('x'));
  const body = 'x'.repeat(2_000);
  expect((await call('small', { method: 'POST', body })).status).toBe(413);
  const seen = await look();
  // The bench itself asks with too large a body until it sees the function.
  expect(seen.value('sovfn_requests_refused_total', { function: 'small', code: 'body-too-large' })).toBeGreaterThan(1);
  expect(seen.all('sovfn_calls_total', { function: 'small' })).toEqual([]);
});

test('counts go on over deploys, end with the function, and begin at nothing with another one of its name', async () => {
  await control.bench.serve({ name: 'again' }, (served) => served.answer('x'));
  await call('again');
  const { version } = await control.bench.deploy({ name: 'again' });
  const of = { function: 'again' };
  const redeployed = await untilScrape(control, (seen) => seen.value('sovfn_function_info', { ...of, version }) === 1);
  expect(redeployed.value('sovfn_calls_total', { ...of, fault: 'none' })).toBe(1);
  expect(redeployed.all('sovfn_function_info', of)).toHaveLength(1);
  await control.bench.remove('again');
  expect((await look()).of('again')).toEqual([]);
  await control.bench.untilVisible(await control.bench.deploy({ name: 'again' }));
  expect((await look()).all('sovfn_calls_total', of)).toEqual([]);
});

test('functions of another tenant are not told', async () => {
  await control.bench.serve({ name: 'theirs', tenant: 'other' }, (served) => served.answer('x'));
  expect((await call('other:theirs')).status).toBe(200);
  expect((await look()).of('theirs')).toEqual([]);
});

test('the platform says what it is, whether it is connected, and how its process does', async () => {
  const seen = await look();
  expect(seen.all('sovfn_build_info')).toMatchObject([{ labels: { gateway: 'gw-1' }, value: 1 }]);
  expect(seen.value('sovfn_bus_connected')).toBe(1);
  expect(seen.value('sovfn_backlog_known')).toBe(1);
  expect(seen.value('sovfn_nodes', { zone: 'fr' })).toBe(0);
  expect(seen.value('sovfn_calls_in_flight')).toBe(0);
  expect(seen.value('process_resident_memory_bytes')).toBeGreaterThan(10_000_000);
  expect(seen.value('process_start_time_seconds')! * 1_000).toBeLessThan(Date.now());
  expect(seen.all('sovfn_event_loop_delay_seconds').map(({ labels }) => labels['quantile'])).toEqual([
    '0.5',
    '0.99',
    '1',
  ]);
});

test('the document for people says the same as the metrics, of one function or of all', async () => {
  await control.bench.serve({ name: 'shown' }, (served) =>
    served.fail('exceeded-memory', { limit: 'memoryMb', limitValue: 128, measured: 140 }),
  );
  await call('shown');
  const { json } = await control.ask('GET', '/v1/metrics?function=shown');
  expect(json).toMatchObject({
    gateway: 'gw-1',
    functions: [
      {
        name: 'shown',
        calls: { total: 1, failed: 1, serverErrors: 0, coldStarts: 0 },
        kills: [{ outcome: 'exceeded-memory', limit: 'memoryMb', calls: 1, limitValue: 128, measured: 140 }],
        waiting: { events: 0, oldestSeconds: null, deadLetters: 0 },
      },
    ],
  });
  const all = (await control.ask('GET', '/v1/metrics')).json as { functions: { name: string }[] };
  expect(all.functions.map(({ name }) => name)).toContain('shown');
  expect(await control.refused('GET', '/v1/metrics?function=unknown')).toMatchObject({ code: 'function-not-found' });
});
