import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GatewayBench } from '../peers/gateway-bench.ts';
import { attribute, OtlpReceiver, type Span } from './otlp-receiver.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';

let receiver: OtlpReceiver;
let bench: GatewayBench;
beforeAll(async () => {
  receiver = await OtlpReceiver.start();
  bench = await GatewayBench.start({ config: { otlp: { endpoint: receiver.endpoint, metricsEveryMs: 1_000 } } });
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

const call = async (name: string, path = '/', headers: Record<string, string> = {}): Promise<Response> => {
  const response = await fetch(`${bench.url}/fn/${name}${path}`, { headers });
  await response.arrayBuffer();
  return response;
};

test('each call is a span with its function, version, outcome and times, without what stands in its query', async () => {
  const startedAt = Date.now();
  await bench.serve({ name: 'spanned' }, (served) => served.answer('x', { status: 201, cold: true, cpuUs: 2_500 }));
  const response = await call('spanned', '/orders?token=secret');
  const [span] = (await receiver.spans()) as [Span];
  expect(span.name).toBe('http spanned');
  expect(span.traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(span.parentSpanId).toBeUndefined();
  expect(Object.fromEntries(span.attributes.map(({ key }) => [key, attribute(span, key)]))).toMatchObject({
    'faas.name': 'spanned',
    'faas.version': expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    'faas.invocation_id': response.headers.get('sovfn-invocation'),
    'faas.trigger': 'http',
    'faas.coldstart': true,
    'http.request.method': 'GET',
    'url.path': '/orders',
    'http.response.status_code': 201,
    'sovfn.tenant': 'main',
    'sovfn.zone': 'fr',
    'sovfn.outcome': 'ok',
    'sovfn.cpu_ms': 2.5,
  });
  expect(JSON.stringify(span)).not.toContain('secret');
  const [from, to] = [span.startTimeUnixNano, span.endTimeUnixNano].map((time) => Number(BigInt(time) / 1_000_000n));
  expect(from).toBeGreaterThanOrEqual(startedAt);
  expect(to).toBeGreaterThanOrEqual(from!);
  expect(span.status?.code ?? 0).toBe(0);
});

test('a span hangs below that of the caller, and none is recorded for a caller who does not want it', async () => {
  await bench.serve({ name: 'traced' }, (served) => served.answer('x'));
  await call('traced', '/unwanted', { traceparent: `00-${TRACE}-${PARENT}-00` });
  await call('traced', '/wanted', { traceparent: `00-${TRACE}-${PARENT}-01`, tracestate: 'vendor=1' });
  const spans = await receiver.spans();
  expect(spans.map((span) => attribute(span, 'url.path'))).toEqual(['/wanted']);
  expect(spans[0]).toMatchObject({ traceId: TRACE, parentSpanId: PARENT, traceState: 'vendor=1' });
  expect(spans[0]!.spanId).not.toBe(PARENT);
});

test('a call that a limit ended is an error with its outcome', async () => {
  await bench.serve({ name: 'greedy' }, (served) =>
    served.fail('exceeded-cpu', { limit: 'cpuMs', limitValue: 200, measured: 231 }),
  );
  await call('greedy');
  const [span] = (await receiver.spans()) as [Span];
  expect(span.status).toEqual({ code: 2, message: 'exceeded-cpu' });
  expect(attribute(span, 'sovfn.fault')).toBe('function');
});

test('metrics are those that Prometheus gets, with their labels', async () => {
  await bench.serve({ name: 'measured' }, (served) => served.answer('x'));
  await call('measured');
  const of = { function: 'measured', trigger: 'http', fault: 'none' };
  for (;;) {
    const metrics = await receiver.metrics();
    const points = metrics.find(({ name }) => name === 'sovfn_calls_total')?.sum?.dataPoints ?? [];
    const point = points.find((each) => Object.entries(of).every(([key, value]) => attribute(each, key) === value));
    if (point === undefined) continue;
    expect(point.asDouble).toBe(1);
    const durations = metrics.find(({ name }) => name === 'sovfn_call_duration_seconds')!.histogram!.dataPoints;
    expect(durations.find((each) => attribute(each, 'function') === 'measured')).toMatchObject({ count: '1' });
    return;
  }
});

test('spans that the receiver cannot take now are sent again; those it refuses are said to be lost', async () => {
  await bench.serve({ name: 'again' }, (served) => served.answer('x'));
  await using alone = await OtlpReceiver.start();
  await using other = await GatewayBench.start({
    config: { otlp: { endpoint: alone.endpoint, metricsEveryMs: 3_600_000 } },
  });
  await other.serve({ name: 'again' }, (served) => served.answer('x'));
  const ask = async (path: string): Promise<void> => void (await (await fetch(`${other.url}/fn/again${path}`)).text());
  alone.refuse(503);
  await ask('/one');
  const [span] = (await alone.spans()) as [Span];
  expect(attribute(span, 'url.path')).toBe('/one');
  alone.refuse(400);
  await ask('/two');
  for (;;) {
    const { event, fields } = await other.events.next();
    if (event !== 'telemetry-failed' || !JSON.stringify(fields).includes('400')) continue;
    expect(fields).toEqual({ signal: 'traces', reason: 'status 400', lost: 1 });
    return;
  }
});

test('a receiver that never answers holds up neither calls nor the end of the gateway before its time', async () => {
  const silent = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  {
    await using other = await GatewayBench.start({ config: { otlp: { endpoint, metricsEveryMs: 3_600_000 } } });
    await other.serve({ name: 'quick' }, (served) => served.answer('x'));
    for (let each = 0; each < 5; each++) expect((await fetch(`${other.url}/fn/quick/`)).status).toBe(200);
  }
  silent.close();
});
