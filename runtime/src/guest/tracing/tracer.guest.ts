import type { Context, Span, SpanContext, SpanOptions, Tracer } from '@opentelemetry/api';
import { currentCall } from '../core/clock.guest.ts';
import { host } from '../core/host.guest.ts';
import { randomBytes } from '../crypto/random-pool.guest.ts';
import { MadeSpan } from './span.guest.ts';
import type { SpanApi } from './tracing.guest.ts';

const SAMPLED = 1;
const TRACE_BYTES = 16;
const SPAN_BYTES = 8;

type Work = (span: Span) => unknown;

/** Makes spans below that of the context, else below that of the call. */
export class FunctionTracer implements Tracer {
  readonly #api: SpanApi;
  readonly #name: string;
  readonly #version: string;

  constructor(api: SpanApi, name: string, version: string) {
    this.#api = api;
    this.#name = name;
    this.#version = version;
  }

  /** Without a call whose spans are wanted, and below a span that is not recorded, it is one that only hands on its parent. */
  startSpan(name: string, options: SpanOptions = {}, context: Context = this.#api.context.active()): Span {
    const { trace, INVALID_SPAN_CONTEXT } = this.#api;
    const parent = options.root === true ? null : this.#parentIn(context);
    const call = currentCall();
    const own = call === 0 ? '' : host.spanContext(call);
    if (own === '' || (parent !== null && (parent.traceFlags & SAMPLED) === 0)) {
      return trace.wrapSpanContext(parent ?? INVALID_SPAN_CONTEXT);
    }
    const [ownTrace, ownSpan] = own.split('-') as [string, string];
    const place =
      options.root === true
        ? { traceId: randomHex(TRACE_BYTES), parentSpanId: null }
        : { traceId: parent?.traceId ?? ownTrace, parentSpanId: parent?.spanId ?? ownSpan };
    return new MadeSpan({
      call,
      tracer: { name: this.#name, version: this.#version },
      ...place,
      spanId: randomHex(SPAN_BYTES),
      name,
      options,
      isValid: this.#api.isSpanContextValid,
    });
  }

  startActiveSpan<Run extends Work>(name: string, run: Run): ReturnType<Run>;
  startActiveSpan<Run extends Work>(name: string, options: SpanOptions, run: Run): ReturnType<Run>;
  startActiveSpan<Run extends Work>(name: string, options: SpanOptions, context: Context, run: Run): ReturnType<Run>;
  startActiveSpan(name: string, ...more: (SpanOptions | Context | Work)[]): unknown {
    const { context, trace } = this.#api;
    const run = more.pop() as Work;
    const [options, given] = more as [SpanOptions | undefined, Context | undefined];
    const parent = given ?? context.active();
    const span = this.startSpan(name, options, parent);
    return context.with(trace.setSpan(parent, span), run, undefined, span);
  }

  #parentIn(context: Context): SpanContext | null {
    const found = this.#api.trace.getSpanContext(context);
    return found !== undefined && this.#api.isSpanContextValid(found) ? found : null;
  }
}

function randomHex(bytes: number): string {
  return randomBytes(bytes).toHex();
}
