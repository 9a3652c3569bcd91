import type {
  Attributes,
  Exception,
  Link,
  Span,
  SpanContext,
  SpanOptions,
  SpanStatus,
  TimeInput,
} from '@opentelemetry/api';
import { SPAN_EVENTS, SPAN_LINKS } from '@sovfn/protocol/guest-spans';
import { currentTime, timeOrigin } from '../core/clock.guest.ts';
import { errorText } from '../core/error-text.guest.ts';
import { host } from '../core/host.guest.ts';
import { isError, stringifyJson } from '../core/primordials.guest.ts';
import { cutName, cutText, KeptAttributes } from './attributes.guest.ts';

export interface MadeSpanFacts {
  /** In which it began. */
  readonly call: number;
  readonly tracer: { readonly name: string; readonly version: string };
  readonly traceId: string;
  readonly parentSpanId: string | null;
  readonly spanId: string;
  readonly name: string;
  readonly options: SpanOptions;
  readonly isValid: (context: SpanContext) => boolean;
}

const SAMPLED = 1;
const STATUS_ERROR = 2;
const NS_PER_MS = 1e6;
const MS_PER_S = 1e3;

/** A span until it ends: the host is told then, and later changes are ignored, as the API has it. */
export class MadeSpan implements Span {
  readonly #facts: MadeSpanFacts;
  readonly #start: number;
  readonly #attributes = new KeptAttributes();
  readonly #events: object[] = [];
  readonly #links: object[] = [];
  readonly #dropped = { events: 0, links: 0 };
  #name: string;
  #status: SpanStatus = { code: 0 };
  #isEnded = false;

  constructor(facts: MadeSpanFacts) {
    const { name, options } = facts;
    this.#facts = facts;
    this.#name = name;
    this.#start = timeOf(options.startTime);
    this.setAttributes(options.attributes ?? {});
    this.addLinks(options.links ?? []);
  }

  spanContext(): SpanContext {
    const { traceId, spanId } = this.#facts;
    return { traceId, spanId, traceFlags: SAMPLED };
  }

  isRecording(): boolean {
    return !this.#isEnded;
  }

  setAttribute(key: string, value: unknown): this {
    if (!this.#isEnded) this.#attributes.set(key, value);
    return this;
  }

  setAttributes(attributes: Attributes): this {
    for (const [key, value] of Object.entries(attributes)) this.setAttribute(key, value);
    return this;
  }

  addEvent(name: string, attributesOrTime: Attributes | TimeInput = {}, time?: TimeInput): this {
    if (this.#isEnded) return this;
    if (this.#events.length >= SPAN_EVENTS) {
      this.#dropped.events++;
      return this;
    }
    const isTime = isTimeInput(attributesOrTime);
    const attributes = KeptAttributes.of(isTime ? {} : attributesOrTime);
    this.#events.push({ name: cutName(name), time: timeOf(isTime ? attributesOrTime : time), attributes });
    return this;
  }

  addLink({ context, attributes = {} }: Link): this {
    if (this.#isEnded || !this.#facts.isValid(context)) return this;
    const { traceId, spanId } = context;
    if (this.#links.length >= SPAN_LINKS) this.#dropped.links++;
    else this.#links.push({ traceId, spanId, attributes: KeptAttributes.of(attributes) });
    return this;
  }

  addLinks(links: readonly Link[]): this {
    for (const link of links) this.addLink(link);
    return this;
  }

  setStatus(status: SpanStatus): this {
    if (!this.#isEnded) this.#status = { ...status };
    return this;
  }

  updateName(name: string): this {
    if (!this.#isEnded) this.#name = name;
    return this;
  }

  /** Named as OpenTelemetry's conventions name it. */
  recordException(exception: Exception, time?: TimeInput): void {
    const { name, message, stack } = isError(exception) ? errorText(exception) : plainException(exception);
    this.addEvent(
      'exception',
      { 'exception.type': name, 'exception.message': message, 'exception.stacktrace': stack },
      time,
    );
  }

  end(time?: TimeInput): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const { call, tracer, traceId, parentSpanId, spanId, options } = this.#facts;
    const { message = '' } = this.#status;
    const code: number = this.#status.code;
    const span = {
      tracer: { name: cutName(tracer.name), version: cutName(tracer.version) },
      ...{ traceId, spanId, parentSpanId },
      name: cutName(this.#name),
      kind: options.kind ?? 0,
      start: this.#start,
      end: Math.max(this.#start, timeOf(time)),
      attributes: this.#attributes,
      events: this.#events,
      links: this.#links,
      status: { code, message: code === STATUS_ERROR ? cutText(message) : '' },
      dropped: { attributes: this.#attributes.dropped, ...this.#dropped },
    };
    host.endSpan(call, stringifyJson(span));
  }
}

function plainException(exception: Exception): { name: string; message: string; stack: string | undefined } {
  if (typeof exception === 'string') return { name: 'Error', message: exception, stack: undefined };
  const { code, name = 'Error', message = '', stack } = exception;
  return { name: code === undefined ? name : String(code), message, stack };
}

function isTimeInput(value: unknown): value is TimeInput {
  return typeof value === 'number' || value instanceof Date || (Array.isArray(value) && value.length === 2);
}

/** Unix time in milliseconds. A number below the origin counts from there, as `performance.now` does. */
function timeOf(time: TimeInput | undefined): number {
  if (time === undefined) return currentTime();
  if (time instanceof Date) return time.getTime();
  if (Array.isArray(time)) return time[0] * MS_PER_S + time[1] / NS_PER_MS;
  return time < timeOrigin() ? timeOrigin() + time : time;
}
