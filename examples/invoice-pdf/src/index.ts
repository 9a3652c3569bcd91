import type { Handler } from 'sovfn';
import { parseOrder } from './order.ts';
import { makeInvoicePdf } from './pdf/make-invoice-pdf.ts';
import { problem } from './problem.ts';

/** Makes a French invoice of an order: `POST` the order as JSON, the answer is the PDF. */
export default {
  async fetch(request) {
    if (request.method !== 'POST') {
      const detail = `${request.method} is not possible here: POST an order as JSON`;
      return problem({ status: 405, title: 'Method not allowed', detail }, { allow: 'POST' });
    }
    const body = await readJson(request);
    if (body instanceof Response) return body;
    const parsed = parseOrder(body.value);
    if ('violations' in parsed) {
      const { violations } = parsed;
      const detail = `The order breaks ${violations.length} rule(s)`;
      return problem({ status: 422, title: 'No invoice can be made of this order', detail, violations });
    }
    const { order } = parsed;
    return new Response(await makeInvoicePdf(order), {
      headers: {
        'content-type': 'application/pdf',
        'content-disposition': `inline; filename="facture-${order.number}.pdf"`,
      },
    });
  },
} satisfies Handler;

async function readJson(request: Request): Promise<Response | { readonly value: unknown }> {
  const contentType = request.headers.get('content-type') ?? '';
  if (!/^application\/json\s*(?:;|$)/i.test(contentType)) {
    const detail = `The content type is "${contentType}"; it must be application/json`;
    return problem({ status: 415, title: 'Unsupported media type', detail });
  }
  const text = await request.text();
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    const detail = text === '' ? 'The body is empty' : String(error);
    return problem({ status: 400, title: 'The body is not JSON', detail });
  }
}
