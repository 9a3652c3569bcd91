import { connectBus } from '@sovfn/bus';
import { type FunctionSpan, SPAN_LENGTH, spanSubject } from '@sovfn/protocol';
import type { NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GatewayBench } from '../peers/gateway-bench.ts';
import { attribute, type MadeSpan, OtlpReceiver } from './otlp-receiver.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const NAME = 'shop';
const SPAN: FunctionSpan = {
  tracer: { name: 'shop', version: '' },
  traceId: TRACE,
  spanId: '00f067aa0ba902b7',
  parentSpanId: null,
  name: 'good',
  kind: 0,
  start: 1_764_000_000_000.25,
  end: 1_764_000_000_001,
  attributes: [],
  events: [],
  links: [],
  status: { code: 0, message: '' },
  dropped: { attributes: 1, events: 2, links: 3 },
};

let receiver: OtlpReceiver;
let bench: GatewayBench;
let cell: NatsConnection;
beforeAll(async () => {
  receiver = await OtlpReceiver.start();
  bench = await GatewayBench.start({ config: { otlp: { endpoint: receiver.endpoint, metricsEveryMs: 1_000 } } });
  await bench.serve({ name: NAME });
  const credential = await bench.cellCredential('c-hostile');
  cell = await connectBus({ address: bench.address, credential, name: 'c-hostile', inboxPrefix: '_I.none' });
});
afterAll(async () => {
  await cell.close();
  await bench[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

/** Sends a batch of a cell; each span as it is, or as JSON. */
function send(batch: object, spans: readonly unknown[]): void {
  const texts = spans.map((span) => (typeof span === 'string' ? span : JSON.stringify(span)));
  const message = { v: 1, version: 'a'.repeat(64), node: 'node-1', spans: texts, dropped: 0, ...batch };
  cell.publish(spanSubject({ zone: 'fr', tenant: 'main', function: NAME }), JSON.stringify(message));
}

async function untilDropped(reason: string, count: number): Promise<void> {
  for (;;) {
    const metrics = await receiver.metrics();
    const points = metrics.find((each) => each.name === 'sovfn_function_spans_dropped_total')?.sum?.dataPoints ?? [];
    const of = points.filter((each) => attribute(each, 'function') === NAME && attribute(each, 'reason') === reason);
    if (of.some(({ asDouble }) => asDouble === count)) return;
  }
}

const BROKEN: readonly unknown[] = [
  '{',
  'null',
  { ...SPAN, resource: {} },
  { ...SPAN, spanId: 'x'.repeat(16) },
  { ...SPAN, traceId: '0'.repeat(32) },
  { ...SPAN, start: -1 },
  { ...SPAN, attributes: [['a', 'x'.repeat(SPAN_LENGTH - 1_000)]] },
  { ...SPAN, attributes: [['a', [{}]]] },
];

test('a span that breaks a rule is left out and counted, and the one beside it is sent', async () => {
  const half = { ...SPAN, status: { code: 2, message: 'half \ud83d' } };
  send({}, [
    ...BROKEN.map((span) => (typeof span === 'string' ? span : { ...(span as object), name: 'broken' })),
    half,
  ]);
  const [{ resource, span }, ...others] = (await receiver.madeSpans()) as [MadeSpan];
  expect(others).toEqual([]);
  expect(span.name).toBe('good');
  expect(attribute(resource, 'service.name')).toBe(NAME);
  expect(span).toMatchObject({ droppedAttributesCount: 1, droppedEventsCount: 2, droppedLinksCount: 3 });
  expect(span.status).toEqual({ code: 2, message: 'half \ufffd' });
  expect(span.startTimeUnixNano).toBe('1764000000000250000');
  await untilDropped('invalid', BROKEN.length);
});

test('a message that is none ends nothing, and what a cell has dropped is counted', async () => {
  send({ v: 2 }, []);
  send({ spans: ['x'.repeat(SPAN_LENGTH + 1)] }, []);
  send({ dropped: -1 }, []);
  send({ dropped: 7 }, [SPAN]);
  expect((await receiver.madeSpans()).map(({ span }) => span.name)).toEqual(['good']);
  await untilDropped('invalid', BROKEN.length + 3);
  await untilDropped('limit', 7);
});
