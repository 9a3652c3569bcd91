/** Spans that a function makes by OpenTelemetry's API, from its isolate to a receiver of OTLP. */
import { makeTemporaryFolder, startPlatform, type TemporaryFolder, type TestPlatform } from '@sovfn/testkit';
import { once } from 'node:events';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { attribute, type MadeSpan, OtlpReceiver } from '../../gateway/test/telemetry/otlp-receiver.ts';

const SOURCE = fileURLToPath(new URL('functions/traced.ts', import.meta.url));
const API = fileURLToPath(new URL('../..', import.meta.resolve('@opentelemetry/api')));
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';

let receiver: OtlpReceiver;
let platform: TestPlatform;
let upstream: Server;
let folder: TemporaryFolder;
beforeAll(async () => {
  // Answers with the context that it is asked in.
  upstream = createServer((request, response) => response.end(request.headers.traceparent ?? 'none'));
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  receiver = await OtlpReceiver.start();
  platform = await startPlatform({ otlp: receiver.endpoint, allowPrivate: true });
  folder = await makeTemporaryFolder('traced');
  await deploy('traced', await readFile(SOURCE, 'utf8'));
}, 120_000);
afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
  upstream.close();
});

const upstreamUrl = (): string => `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;

/** A function that may reach the server of this test. */
async function deploy(name: string, code: string): Promise<void> {
  const root = join(folder.path, name);
  await mkdir(join(root, 'node_modules/@opentelemetry'), { recursive: true });
  await writeFile(join(root, 'index.ts'), code);
  await writeFile(join(root, 'sovfn.jsonc'), JSON.stringify({ name, main: 'index.ts', egress: [upstreamUrl()] }));
  await symlink(API, join(root, 'node_modules/@opentelemetry/api'));
  await platform.deploy(root);
}

async function call(path: string, headers: Record<string, string> = {}, name = 'traced'): Promise<Response> {
  const response = await platform.call(`/fn/${name}${path}`, { headers });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return response;
}

/** Spans of those names as soon as all have come, and that of the call itself; in this order. */
async function untilSpans(response: Response, ...names: string[]): Promise<MadeSpan[]> {
  const invocation = response.headers.get('sovfn-invocation');
  const isCall = ({ span }: MadeSpan): boolean => attribute(span, 'faas.invocation_id') === invocation;
  const all: MadeSpan[] = [];
  for (;;) {
    all.push(...(await receiver.madeSpans()));
    const found = [all.find(isCall), ...names.map((name) => all.find(({ span }) => span.name === name))];
    if (found.every((each) => each !== undefined)) return found;
  }
}

test('spans are children of the call and of each other across await, with what was said of them', async () => {
  const startedAt = Date.now();
  const response = await call(`/nest?upstream=${encodeURIComponent(upstreamUrl())}`);
  const seen = (await response.json()) as string;
  const made = await untilSpans(response, 'order', 'pay', 'note');
  const [ofCall, order, pay, note] = made.map(({ span }) => span);
  expect(order).toMatchObject({ traceId: ofCall!.traceId, parentSpanId: ofCall!.spanId, kind: 5 });
  expect(pay).toMatchObject({ traceId: ofCall!.traceId, parentSpanId: order!.spanId, kind: 1 });
  expect(note).toMatchObject({ traceId: ofCall!.traceId, parentSpanId: order!.spanId });
  expect(seen).toBe(`00-${pay!.traceId}-${pay!.spanId}-01`);
  expect(attribute(order!, 'order.id')).toBe('A-1');
  expect(order!.status).toEqual({ code: 2, message: 'refused' });
  const [exception] = order!.events!;
  expect(exception!.name).toBe('exception');
  expect(attribute(exception!, 'exception.type')).toBe('TypeError');
  expect(attribute(exception!, 'exception.message')).toBe('no stock');
  expect(pay!.attributes).toEqual([
    { key: 'amount', value: { doubleValue: 12.5 } },
    { key: 'items', value: { intValue: '3' } },
    { key: 'paid', value: { boolValue: true } },
    { key: 'skus', value: { arrayValue: { values: [{ stringValue: 'a' }, { stringValue: 'b' }] } } },
  ]);
  expect(pay!.events).toMatchObject([{ name: 'sent', attributes: [{ key: 'to', value: { stringValue: 'bank' } }] }]);
  expect(note!.links).toMatchObject([{ traceId: order!.traceId, spanId: order!.spanId }]);
  const [from, payFrom, payTo, to] = [
    order!.startTimeUnixNano,
    pay!.startTimeUnixNano,
    pay!.endTimeUnixNano,
    order!.endTimeUnixNano,
  ].map(BigInt);
  expect(from! >= BigInt(startedAt) * 1_000_000n).toBe(true);
  expect(from! < payFrom! && payFrom! <= payTo! && payTo! < to!).toBe(true);
});

test('who made a span is said by the platform: function, tenant, version, and the tracer', async () => {
  const [, apart] = await untilSpans(await call('/root'), 'apart');
  const { resource, scope, span } = apart!;
  expect(attribute(resource, 'service.name')).toBe('traced');
  expect(attribute(resource, 'service.namespace')).toBe('main');
  expect(attribute(resource, 'service.version')).toMatch(/^[0-9a-f]{64}$/);
  expect(scope).toEqual({ name: 'shop', version: '1.2.3' });
  expect(span.parentSpanId).toBeUndefined();
});

test("spans go on in a caller's trace, and there are none for a caller who does not want any", async () => {
  const unwanted = await call('/recording', { traceparent: `00-${TRACE}-${PARENT}-00` });
  expect(await unwanted.json()).toEqual({ isRecording: false });
  const wanted = await call('/recording', { traceparent: `00-${TRACE}-${PARENT}-01` });
  expect(await wanted.json()).toEqual({ isRecording: true });
  const response = await call('/later', { traceparent: `00-${TRACE}-${PARENT}-01` });
  const [ofCall, later] = (await untilSpans(response, 'later')).map(({ span }) => span);
  expect(later).toMatchObject({ traceId: TRACE, parentSpanId: ofCall!.spanId });
  expect(ofCall!.parentSpanId).toBe(PARENT);
});

test('a call sends so many spans and no more: the log says it, and a metric counts', async () => {
  await untilSpans(await call('/many'), 'span 0', 'span 255');
  const metrics = await (await platform.control('/metrics')).text();
  expect(metrics).toContain('sovfn_function_spans_dropped_total{tenant="main",function="traced",reason="limit"} 44');
  const logs = async (): Promise<string> => (await platform.control('/v1/functions/traced/logs')).text();
  await expect.poll(logs).toContain('a call can send 256 spans');
});

test('a provider that the function has registered itself stays', async () => {
  const own = `import { trace } from '@opentelemetry/api';
    trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan: (name) => ({ name: 'own ' + name }) }) });
    export default { fetch: () => Response.json(trace.getTracer('x').startSpan('span')) };`;
  await deploy('equipped', own);
  expect(await (await call('/', {}, 'equipped')).json()).toEqual({ name: 'own span' });
});
