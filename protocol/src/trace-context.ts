/**
 * Trace context (W3C Trace Context, level 2): one id over everything that one request leads to, in whatever systems. What
 * a caller sent is passed on as it came; for a call that came without, the context is made of the id of its invocation, when
 * the call first asks something of others.
 *
 * Hostile: the headers. A context that breaks a rule counts as none.
 */
import { z } from 'zod';
import type { HeaderBlock } from './headers.ts';
import { invocationHex } from './invocation-id.ts';

export const TRACEPARENT_HEADER = 'traceparent';
export const TRACESTATE_HEADER = 'tracestate';

export const traceContextSchema = z.strictObject({
  traceparent: z.string().regex(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/),
  tracestate: z
    .string()
    .max(512)
    .regex(/^[\x20-\x7e]+$/)
    .nullable(),
});
export type TraceContext = z.output<typeof traceContextSchema>;

/** Version, trace, parent, flags; a later version may say more, which is not passed on. */
const PARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const VERSION = '00';
/** Flags that this version knows: sampled, random. */
const KNOWN_FLAGS = 0b11;
/** Whoever is asked may record it: it can be found by the invocation's id in the platform's logs. */
const SAMPLED = '01';
const ZEROS = '0'.repeat(16);

/** The context in which a call asks something of others. */
export function traceOf(headers: HeaderBlock, invocation: string): TraceContext {
  const values = valuesOf(headers, TRACEPARENT_HEADER);
  const traceparent = values.length === 1 ? readParent(values[0]!) : null;
  if (traceparent === null) return { traceparent: parentOf(invocation), tracestate: null };
  const tracestate = valuesOf(headers, TRACESTATE_HEADER).join(',');
  const context = traceContextSchema.safeParse({ traceparent, tracestate });
  return context.success ? context.data : { traceparent, tracestate: null };
}

/**
 * The context in which a call asks something below a span that its code has made. `parent`: that span, as `traceparent`
 * has it; with anything else, the context is that of the call.
 */
export function traceBelow(trace: TraceContext, parent: string): TraceContext {
  const traceparent = parent === '' ? null : readParent(parent);
  if (traceparent === null) return trace;
  const isSameTrace = traceparent.split('-')[1] === trace.traceparent.split('-')[1];
  return { traceparent, tracestate: isSameTrace ? trace.tracestate : null };
}

/** What a span of a call says of its place in its trace. */
export interface SpanContext {
  /** In hex. */
  readonly traceId: string;
  readonly spanId: string;
  /** Null: the call is the root of the trace. */
  readonly parentSpanId: string | null;
  readonly tracestate: string | null;
  /** False: whoever began the trace does not want it recorded. */
  readonly isSampled: boolean;
}

/** The span of a call itself: what it asks of others has it for its parent when its caller sent no context. */
export function spanOf(headers: HeaderBlock, invocation: string): SpanContext {
  const { traceparent, tracestate } = traceOf(headers, invocation);
  const own = parentOf(invocation);
  const [, traceId, parent, flags] = traceparent.split('-') as [string, string, string, string];
  return {
    traceId,
    spanId: own.split('-')[2]!,
    parentSpanId: traceparent === own ? null : parent,
    tracestate,
    isSampled: (Number.parseInt(flags, 16) & 1) === 1,
  };
}

/** Appends the context, unless the headers have one: `[name, value, …]`, names in lower case. */
export function addTrace(flat: string[], trace: TraceContext | null): void {
  if (trace === null || flat.some((name, i) => i % 2 === 0 && name === TRACEPARENT_HEADER)) return;
  flat.push(TRACEPARENT_HEADER, trace.traceparent);
  const hasState = flat.some((name, i) => i % 2 === 0 && name === TRACESTATE_HEADER);
  if (trace.tracestate !== null && !hasState) flat.push(TRACESTATE_HEADER, trace.tracestate);
}

function readParent(value: string): string | null {
  const [, version, trace, parent, flags, more] = PARENT.exec(value) ?? [];
  if (version === undefined || (version === VERSION && more !== undefined)) return null;
  const known = (Number.parseInt(flags!, 16) & KNOWN_FLAGS).toString(16).padStart(2, '0');
  return `${VERSION}-${trace!}-${parent!}-${known}`;
}

/** The invocation is the whole trace so far: its second half names what a span would be. */
function parentOf(invocation: string): string {
  const trace = invocationHex(invocation);
  const parent = trace.slice(16);
  return `${VERSION}-${trace}-${parent === ZEROS ? `${ZEROS.slice(1)}1` : parent}-${SAMPLED}`;
}

function valuesOf(headers: HeaderBlock, name: string): string[] {
  if (!headers.includes(`${name}\n`)) return [];
  const parts = headers.split('\n');
  const found: string[] = [];
  for (let i = 0; i + 1 < parts.length; i += 2) if (parts[i] === name) found.push(parts[i + 1]!);
  return found;
}
