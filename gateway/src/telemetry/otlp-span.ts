import type { FunctionSpan, SpanAttributes } from '@sovfn/protocol';
import { nanoseconds, type OtlpAttribute } from './otlp.ts';

type PlainValue = string | number | boolean;

/** The span of a function as OTLP has it, without its tracer. */
export function otlpSpan(span: FunctionSpan): object {
  const { traceId, spanId, parentSpanId, name, kind, dropped, status } = span;
  return {
    ...{ traceId, spanId, name },
    ...(parentSpanId !== null && { parentSpanId }),
    // OTLP counts from 1: there, 0 is for a kind that nobody has said.
    kind: kind + 1,
    startTimeUnixNano: nanoseconds(span.start),
    endTimeUnixNano: nanoseconds(span.end),
    ...attributesOf(span),
    ...listOf('events', span.events, ({ name: event, time, ...of }) => ({
      ...{ name: event, timeUnixNano: nanoseconds(time) },
      ...attributesOf(of),
    })),
    ...listOf('links', span.links, ({ traceId: trace, spanId: to, ...of }) => ({
      ...{ traceId: trace, spanId: to },
      ...attributesOf(of),
    })),
    ...(dropped.attributes > 0 && { droppedAttributesCount: dropped.attributes }),
    ...(dropped.events > 0 && { droppedEventsCount: dropped.events }),
    ...(dropped.links > 0 && { droppedLinksCount: dropped.links }),
    status: {
      ...(status.code !== 0 && { code: status.code }),
      ...(status.message !== '' && { message: status.message }),
    },
  };
}

const attributesOf = ({ attributes }: { readonly attributes: SpanAttributes }): object =>
  listOf('attributes', attributes, otlpAttribute);

/** An empty list is left out, as protobuf has it. */
function listOf<Item>(name: string, items: readonly Item[], toOtlp: (item: Item) => object): object {
  return items.length === 0 ? {} : { [name]: items.map(toOtlp) };
}

function otlpAttribute([key, value]: SpanAttributes[number]): OtlpAttribute {
  if (!Array.isArray(value)) return { key, value: otlpValue(value) };
  return { key, value: { arrayValue: { values: value.map(otlpValue) } } };
}

function otlpValue(value: PlainValue) {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  // 64-bit integers are text in OTLP's JSON.
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
