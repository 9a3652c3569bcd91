import { CALL_SPANS, CALL_SPANS_LENGTH, SPAN_LENGTH, spanOf } from '@sovfn/protocol';
import type { HostOperations } from '../../bridge/contract.ts';
import type { ServedCall } from '../call.ts';
import { MadeSpans } from '../spans/made-spans.ts';
import { text } from './guest-arguments.ts';
import type { GuestEvents } from './operations.ts';

type SpanOperations = Pick<HostOperations, 'spanContext' | 'endSpan'>;

/** Nothing is kept of calls whose gateway wants no spans. What a span says is judged by the gateway that reads it. */
export function makeSpanOperations(events: Pick<GuestEvents, 'call' | 'log'>): SpanOperations {
  const tracedCall = (number: number): ServedCall | null => {
    const call = events.call(number);
    return call?.call.isTraced === true ? call : null;
  };
  return {
    spanContext: (number) => {
      const call = tracedCall(number);
      if (call === null) return '';
      const { traceId, spanId } = spanOf(call.call.headers, call.call.invocation);
      return `${traceId}-${spanId}`;
    },
    endSpan: (number, span) => {
      const call = tracedCall(number);
      const json = text(span, Number.MAX_SAFE_INTEGER);
      if (call === null) return;
      call.spans ??= new MadeSpans();
      const { dropped } = call.spans;
      call.spans.add(json);
      if (dropped === 0 && call.spans.dropped > 0) events.log(call, 'warn', TOO_MANY);
    },
  };
}

const TOO_MANY =
  `A span of this call was dropped, and further ones may be: a call can send ${CALL_SPANS} spans with ` +
  `${CALL_SPANS_LENGTH / 1_024} KiB of JSON in all, and ${SPAN_LENGTH / 1_024} KiB in one.`;
