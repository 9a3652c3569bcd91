/** What is measured beside workerd and plain Node: the same bundle runs in all of them. One path for each kind of work. */
import { h } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { z } from 'zod';

const FIBONACCI_OF = 22;
const LINES = 100;

const orderSchema = z.object({
  id: z.int(),
  customer: z.object({ name: z.string().min(1), email: z.email() }),
  lines: z.array(z.object({ article: z.string(), count: z.int().min(1), price: z.number().min(0) })),
});

const ORDER = {
  id: 4711,
  customer: { name: 'Exemple SAS', email: 'achats@exemple.fr' },
  lines: Array.from({ length: LINES }, (_, index) => ({ article: `A-${index}`, count: index + 1, price: index / 4 })),
};
const ORDER_TEXT = JSON.stringify(ORDER);

const fibonacci = (n: number): number => (n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2));

const WORK: Readonly<Record<string, (request: Request) => Response | Promise<Response>>> = {
  echo: async (request) => Response.json(await request.json()),
  fibonacci: () => new Response(String(fibonacci(FIBONACCI_OF))),
  parse: () => new Response(String((JSON.parse(ORDER_TEXT) as typeof ORDER).lines.length)),
  validate: () => new Response(String(orderSchema.parse(JSON.parse(ORDER_TEXT)).lines.length)),
  page: () => new Response(`<!doctype html>${renderToString(page())}`, { headers: { 'content-type': 'text/html' } }),
};

function page() {
  const row = ({ article, count, price }: (typeof ORDER.lines)[number]) =>
    h('tr', null, h('td', null, article), h('td', null, String(count)), h('td', { class: 'price' }, price.toFixed(2)));
  return h(
    'html',
    { lang: 'fr' },
    h('body', null, h('h1', null, ORDER.customer.name), h('table', null, ORDER.lines.map(row))),
  );
}

export default {
  async fetch(request: Request): Promise<Response> {
    const name = new URL(request.url).pathname.split('/').at(-1) ?? '';
    return (await WORK[name]?.(request)) ?? new Response('no such work', { status: 404 });
  },
};
