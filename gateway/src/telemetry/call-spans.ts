/**
 * A span for each call, from its sending to its end, kept until it is sent on. Its parent is the caller's span, when the
 * caller named one; what the function asks of others has this span for its parent when the caller named none.
 *
 * Guarantees: nothing is kept of calls whose caller does not want them recorded; at most MOST_KEPT spans wait.
 */
import {
  type Call,
  OUTCOMES,
  type Outcome,
  type Runner,
  type SpanContext,
  spanOf,
  type Trigger,
} from '@sovfn/protocol';
import type { CallTarget } from '../calls/call-target.ts';
import { KeptSpans } from './kept-spans.ts';
import { attributes, nanoseconds } from './otlp.ts';

type StartedCall = Pick<Call, 'invocation' | 'trigger' | 'method' | 'url' | 'headers'>;

/** How a call ended. */
export interface CallEnd {
  readonly outcome: Outcome;
  /** Null: it ended without the head of a response. */
  readonly status: number | null;
  readonly wallMs: number;
  /** Null where nobody knows. */
  readonly cpuUs: number | null;
  readonly isCold: boolean;
  readonly runner: Runner | null;
}

const MOST_KEPT = 8_192;
const KIND_SERVER = 2;
const STATUS_ERROR = 2;
const LEAST_SERVER_ERROR = 500;
const US_PER_MS = 1_000;

/** The convention's words for what calls a function. */
const FAAS_TRIGGERS: Readonly<Record<Trigger, string>> = {
  http: 'http',
  webhook: 'http',
  schedule: 'timer',
  queue: 'pubsub',
  async: 'other',
  service: 'other',
};

export class CallSpans {
  readonly kept = new KeptSpans({ spans: MOST_KEPT, length: Infinity });

  /** The call is being sent. Null: its caller does not want it recorded. */
  begin(target: CallTarget, call: StartedCall): CallSpan | null {
    const context = spanOf(call.headers, call.invocation);
    if (!context.isSampled) return null;
    return new CallSpan({
      context,
      target,
      call,
      keep: (span) => this.kept.keep({ origin: null, tracer: null, span, length: 0 }),
    });
  }
}

interface SpanFacts {
  readonly context: SpanContext;
  readonly target: CallTarget;
  readonly call: StartedCall;
  readonly keep: (span: object) => void;
}

export class CallSpan {
  readonly #facts: SpanFacts;
  readonly #startedAt = Date.now();

  constructor(facts: SpanFacts) {
    this.#facts = facts;
  }

  end({ outcome, status, wallMs, cpuUs, isCold, runner }: CallEnd): void {
    const { context, target, call, keep } = this.#facts;
    const { traceId, spanId, parentSpanId, tracestate } = context;
    const isError = outcome !== 'ok' || (status ?? 0) >= LEAST_SERVER_ERROR;
    keep({
      traceId,
      spanId,
      ...(parentSpanId !== null && { parentSpanId }),
      ...(tracestate !== null && { traceState: tracestate }),
      name: `${call.trigger} ${target.function}`,
      kind: KIND_SERVER,
      startTimeUnixNano: nanoseconds(this.#startedAt),
      endTimeUnixNano: nanoseconds(this.#startedAt + wallMs),
      attributes: attributes({
        'faas.name': target.function,
        'faas.version': target.version,
        'faas.invocation_id': call.invocation,
        'faas.trigger': FAAS_TRIGGERS[call.trigger],
        'faas.coldstart': isCold,
        'http.request.method': call.method,
        // Without its query, as in logs: that may hold what nobody may read.
        'url.path': URL.parse(call.url)?.pathname ?? null,
        'http.response.status_code': status,
        'sovfn.tenant': target.tenant,
        'sovfn.zone': target.zone,
        'sovfn.node': runner?.node ?? null,
        'sovfn.outcome': outcome,
        'sovfn.fault': OUTCOMES[outcome].fault,
        'sovfn.cpu_ms': cpuUs === null ? null : cpuUs / US_PER_MS,
      }),
      status: isError ? { code: STATUS_ERROR, ...(outcome !== 'ok' && { message: outcome }) } : {},
    });
  }
}
