/** A whole Hono app, as its documentation writes one: cookies, JWT, validators, streams, errors. */
import { zValidator } from '@hono/zod-validator';
import { Hono } from 'hono';
import { getCookie, getSignedCookie, setCookie, setSignedCookie } from 'hono/cookie';
import { cors } from 'hono/cors';
import { etag } from 'hono/etag';
import { HTTPException } from 'hono/http-exception';
import { jwt, sign } from 'hono/jwt';
import { stream, streamSSE, streamText } from 'hono/streaming';
import { validator } from 'hono/validator';
import * as z from 'zod';
import { checking, type Claims, is } from '../src/claims.ts';

const SECRET = 'a secret of the test';
const app = new Hono();

app.use('/api/*', cors({ origin: 'https://example.com' }));
app.use('/private/*', jwt({ secret: SECRET, alg: 'HS256' }));
app.get('/', (c) => c.text('bonjour'));
app.get('/api/books/:id{[0-9]+}', (c) => c.json({ id: Number(c.req.param('id')), q: c.req.query('q') }));
app.get('/private/me', (c) => c.json(c.get('jwtPayload')));
app.get('/cookie', async (c) => {
  setCookie(c, 'theme', 'dark', { httpOnly: true, sameSite: 'Lax', path: '/' });
  await setSignedCookie(c, 'user', 'ada', SECRET);
  return c.json({ seen: getCookie(c, 'theme') ?? null, user: (await getSignedCookie(c, SECRET, 'user')) ?? null });
});
app.get('/etag', etag(), (c) => c.text('cached'));
app.post('/orders', zValidator('json', z.object({ sku: z.string(), count: z.number().positive() })), (c) =>
  c.json(c.req.valid('json'), 201),
);
app.post(
  '/form',
  validator('form', (value, c) =>
    typeof value['name'] === 'string' ? { name: value['name'] } : c.text('no name', 400),
  ),
  (c) => c.text(`Bonjour ${c.req.valid('form').name}`),
);
app.get('/text', (c) =>
  streamText(c, async (out) => {
    for (const word of ['un', 'deux', 'trois']) {
      await out.writeln(word);
      await out.sleep(1);
    }
  }),
);
app.get('/events', (c) =>
  streamSSE(c, async (out) => {
    for (const id of ['1', '2']) await out.writeSSE({ event: 'tick', data: `t${id}`, id });
  }),
);
app.get('/bytes', (c) => stream(c, async (out) => void (await out.write(new Uint8Array([1, 2, 3])))));
app.get('/forbidden', () => {
  throw new HTTPException(403, { message: 'not for you' });
});
app.notFound((c) => c.text(`nothing at ${c.req.path}`, 404));
app.onError((error, c) => (error instanceof HTTPException ? error.getResponse() : c.text(error.message, 500)));

const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
  Promise.resolve(app.request(`http://localhost${path}`, init));
const postJson = (path: string, value: unknown): Promise<Response> =>
  ask(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) });
const statusAndText = async (answer: Promise<Response>): Promise<unknown> => {
  const response = await answer;
  return [response.status, await response.text()];
};

export const claims: Claims = {
  'routes by path, with parameters and the query': async () =>
    is(await (await ask('/api/books/12?q=x')).json(), { id: 12, q: 'x' }),
  'answers 404 and errors with the handlers of the app': async () =>
    is(
      [await statusAndText(ask('/nowhere')), await statusAndText(ask('/forbidden'))],
      [
        [404, 'nothing at /nowhere'],
        [403, 'not for you'],
      ],
    ),
  'sets cookies, and reads plain and signed ones back': async () => {
    const set = (await ask('/cookie')).headers.getSetCookie();
    const cookie = set.map((line) => line.split(';')[0]).join('; ');
    const again = await (await ask('/cookie', { headers: { cookie } })).json();
    return is([set[0], again], ['theme=dark; Path=/; HttpOnly; SameSite=Lax', { seen: 'dark', user: 'ada' }]);
  },
  'guards a route with JWT': async () => {
    const token = await sign({ sub: 'ada' }, SECRET, 'HS256');
    const let_in = await ask('/private/me', { headers: { authorization: `Bearer ${token}` } });
    const refused = await ask('/private/me', { headers: { authorization: `Bearer ${token}x` } });
    return is([await let_in.json(), refused.status], [{ sub: 'ada' }, 401]);
  },
  'validates JSON with zod, and forms with a function': async () => {
    const form = new FormData();
    form.set('name', 'Ada');
    return is(
      [
        await statusAndText(postJson('/orders', { sku: 'a', count: 1 })),
        (await postJson('/orders', { sku: 'a', count: -1 })).status,
        await statusAndText(ask('/form', { method: 'POST', body: form })),
      ],
      [[201, '{"sku":"a","count":1}'], 400, [200, 'Bonjour Ada']],
    );
  },
  'streams text, server-sent events and bytes': async () =>
    is(
      [
        await (await ask('/text')).text(),
        await (await ask('/events')).text(),
        [...new Uint8Array(await (await ask('/bytes')).arrayBuffer())],
      ],
      ['un\ndeux\ntrois\n', 'event: tick\ndata: t1\nid: 1\n\nevent: tick\ndata: t2\nid: 2\n\n', [1, 2, 3]],
    ),
  'adds the headers of its middleware: CORS and ETag': async () => {
    const allowed = (await ask('/api/books/1', { headers: { origin: 'https://example.com' } })).headers.get(
      'access-control-allow-origin',
    );
    const tag = (await ask('/etag')).headers.get('etag') ?? '';
    const again = await ask('/etag', { headers: { 'if-none-match': tag } });
    return is([allowed, again.status], ['https://example.com', 304]);
  },
};

const claimHandler = checking(claims);

/** Answers claims, and every other address as the app itself: `export default app` of its documentation. */
const handler = {
  fetch(request: Request, env: object): Response | Promise<Response> {
    return request.url.includes('claim=') ? claimHandler.fetch(request) : app.fetch(request, env);
  },
};
export { handler as default };
