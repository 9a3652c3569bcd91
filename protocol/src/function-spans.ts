/**
 * Spans that functions make by the API of OpenTelemetry: from the isolate to its cell one by one, from there to a gateway
 * in one message for each call (`spanSubject`). Each is JSON text until a gateway reads it, which alone needs to know it.
 *
 * Hostile: everything; it is a function's code that made it. A span that breaks a rule is left out, the others are not.
 */
import { z } from 'zod';
import { SPAN_ATTRIBUTES, SPAN_EVENTS, SPAN_LINKS, SPAN_NAME_LENGTH, SPAN_TEXT_LENGTH } from './guest-spans.ts';
import { nameSchema, versionIdSchema } from './names.ts';
import { PROTOCOL_VERSION } from './version.ts';

/** Spans that one call may send, and the text of all of them, and of one. Characters of JSON. */
export const CALL_SPANS = 256;
export const CALL_SPANS_LENGTH = 128 * 1024;
export const SPAN_LENGTH = 16 * 1024;
/** What one version may send from one cell: so much at once, and so much a second after that. Characters of JSON. */
export const SPANS_BURST_LENGTH = 1024 * 1024;
export const SPANS_LENGTH_PER_SECOND = 256 * 1024;

/** In hex; not all zeros. */
const traceId = z.string().regex(/^(?!0{32})[0-9a-f]{32}$/);
const spanId = z.string().regex(/^(?!0{16})[0-9a-f]{16}$/);
/** Well formed: a receiver may refuse everything in a request for half a character that was cut through. */
const upTo = (length: number) =>
  z
    .string()
    .max(length)
    .transform((written) => written.toWellFormed());
const name = upTo(SPAN_NAME_LENGTH);
const text = upTo(SPAN_TEXT_LENGTH);
/** Unix time, milliseconds; with a fraction. */
const time = z.number().min(0).max(8.64e15);
const count = z.int().min(0);

const plainValue = z.union([text, z.number(), z.boolean()]);
const attributesSchema = z
  .array(z.tuple([name, z.union([plainValue, z.array(plainValue).max(SPAN_ATTRIBUTES)])]))
  .max(SPAN_ATTRIBUTES);
export type SpanAttributes = z.output<typeof attributesSchema>;

export const functionSpanSchema = z.strictObject({
  /** Of the tracer that made it. */
  tracer: z.strictObject({ name, version: name }),
  traceId,
  spanId,
  /** Null: the root of a trace of its own. */
  parentSpanId: spanId.nullable(),
  name,
  /** As SpanKind of the API counts. */
  kind: z.int().min(0).max(4),
  start: time,
  end: time,
  attributes: attributesSchema,
  events: z.array(z.strictObject({ name, time, attributes: attributesSchema })).max(SPAN_EVENTS),
  links: z.array(z.strictObject({ traceId, spanId, attributes: attributesSchema })).max(SPAN_LINKS),
  /** As SpanStatusCode of the API counts. */
  status: z.strictObject({ code: z.int().min(0).max(2), message: text }),
  /** What it would have had besides. */
  dropped: z.strictObject({ attributes: count, events: count, links: count }),
});
export type FunctionSpan = z.output<typeof functionSpanSchema>;

/** One message on `spanSubject`: what one call has made. */
export const spanBatchSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  version: versionIdSchema,
  node: nameSchema,
  /** JSON of a `functionSpanSchema` each. */
  spans: z.array(z.string().max(SPAN_LENGTH)).max(CALL_SPANS),
  /** Spans of the call that were over a limit. */
  dropped: count,
});
export type SpanBatch = z.output<typeof spanBatchSchema>;
