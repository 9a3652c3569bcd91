/**
 * Spans that functions have made (see function-spans.ts of the protocol), kept until they are sent on.
 *
 * Guarantees: what is kept is bounded; what is left out is counted for its function. A function's spans name it and its tenant,
 * whatever they say themselves. Not guaranteed: spans that arrive while no gateway listens; that functions get equal shares.
 * Hostile: the messages, although NATS lets cells send those of their own tenant only.
 */
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import {
  type FunctionAddress,
  functionOfSpanSubject,
  functionSpanSchema,
  jsonOrNull,
  SERVICE_QUEUE,
  type SpanBatch,
  spanBatchSchema,
  zoneSpansSubject,
} from '@sovfn/protocol';
import type { FunctionCounters, SpanDrop } from '../metrics/function-counters.ts';
import { KeptSpans, type SpanOrigin } from './kept-spans.ts';
import { attributes } from './otlp.ts';
import { otlpSpan } from './otlp-span.ts';

export interface FunctionSpansOptions {
  readonly connection: NatsConnection;
  readonly zones: readonly string[];
  readonly counters: FunctionCounters;
}

const MOST_KEPT = 8_192;
const MOST_LENGTH = 8 * 1_024 * 1_024;

export class FunctionSpans {
  readonly kept = new KeptSpans({ spans: MOST_KEPT, length: MOST_LENGTH });
  readonly #options: FunctionSpansOptions;
  readonly #subscriptions: readonly Subscription[];

  constructor(options: FunctionSpansOptions) {
    this.#options = options;
    this.#subscriptions = options.zones.map((zone) =>
      options.connection.subscribe(zoneSpansSubject(zone), {
        queue: SERVICE_QUEUE,
        callback: (error, message) => {
          if (error === null) this.#onMessage(message);
        },
      }),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#subscriptions.map((subscription) => subscription.drain()));
  }

  #onMessage(message: Msg): void {
    const of = functionOfSpanSubject(message.subject);
    const batch = spanBatchSchema.safeParse(jsonOrNull(message.string()));
    if (of === null) return;
    const counts = this.#options.counters.find(of.tenant, of.function);
    if (!batch.success) return counts?.noteSpansDropped('invalid', 1);
    counts?.noteSpansDropped('limit', batch.data.dropped);
    const origin = originOf(of, batch.data);
    for (const text of batch.data.spans) {
      const result = this.#keep(origin, text);
      if (result === 'kept') counts?.noteSpan();
      else counts?.noteSpansDropped(result, 1);
    }
  }

  #keep(origin: SpanOrigin, text: string): 'kept' | SpanDrop {
    // Nothing is read that could not be kept.
    if (this.kept.isFull) return 'full';
    const parsed = functionSpanSchema.safeParse(jsonOrNull(text));
    if (!parsed.success) return 'invalid';
    const { tracer } = parsed.data;
    this.kept.keep({ origin, tracer, span: otlpSpan(parsed.data), length: text.length });
    return 'kept';
  }
}

function originOf({ zone, tenant, function: name }: FunctionAddress, { version, node }: SpanBatch): SpanOrigin {
  return {
    key: [zone, tenant, name, version, node].join('/'),
    attributes: attributes({
      'service.name': name,
      'service.namespace': tenant,
      'service.version': version,
      'sovfn.tenant': tenant,
      'sovfn.zone': zone,
      'sovfn.node': node,
    }),
  };
}
