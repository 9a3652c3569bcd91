/** Makes spans by OpenTelemetry's API, as its path says. */
import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Handler } from 'sovfn';

const tracer = trace.getTracer('shop', '1.2.3');
/** Before the platform's provider is there: nothing comes of it. */
tracer.startSpan('while the module loads').end();

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

async function nest(upstream: string): Promise<unknown> {
  return tracer.startActiveSpan(
    'order',
    { kind: SpanKind.CONSUMER, attributes: { 'order.id': 'A-1' } },
    async (order) => {
      await pause();
      const seen = await tracer.startActiveSpan('pay', async (pay) => {
        const response = await fetch(upstream);
        pay.setAttributes({ amount: 12.5, items: 3, paid: true, skus: ['a', 'b'] });
        pay.addEvent('sent', { to: 'bank' });
        pay.end();
        return response.text();
      });
      await pause();
      tracer.startSpan('note', { links: [{ context: order.spanContext(), attributes: { why: 'test' } }] }).end();
      order.recordException(new TypeError('no stock'));
      order.setStatus({ code: SpanStatusCode.ERROR, message: 'refused' });
      order.end();
      return seen;
    },
  );
}

// eslint-disable-next-line no-restricted-syntax -- this is how a function exports its handler
export default {
  async fetch(request, _env, ctx) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname.endsWith('/nest')) return Response.json(await nest(searchParams.get('upstream')!));
    if (pathname.endsWith('/root')) tracer.startSpan('apart', { root: true }).end();
    if (pathname.endsWith('/many')) for (let made = 0; made < 300; made++) tracer.startSpan(`span ${made}`).end();
    if (pathname.endsWith('/later')) {
      ctx.waitUntil(tracer.startActiveSpan('later', async (span) => pause().then(() => span.end())));
    }
    if (pathname.endsWith('/recording')) {
      const span = context.with(ROOT_CONTEXT, () => tracer.startSpan('asked'));
      return Response.json({ isRecording: span.isRecording() });
    }
    return new Response('done');
  },
} satisfies Handler;
