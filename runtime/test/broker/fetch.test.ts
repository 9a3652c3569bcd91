import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { packHeaders } from '@sovfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BrokerNode } from './node.ts';
import { bodyOf, Upstream } from './upstream.ts';

const LARGE = Buffer.alloc(5 * 1024 * 1024, 'sovfn ');

let node: BrokerNode;
let upstream: Upstream;
let other: Upstream;
let config: { readonly egress: readonly string[] };
/** Resolves when the server sees that the client of `/endless` has gone. */
const left = Promise.withResolvers<void>();

beforeAll(async () => {
  other = await Upstream.start({ '/target': (_request, response) => void response.end('the other one') });
  upstream = await Upstream.start({
    '/hello': (_request, response) => void response.writeHead(200, 'Fine', { 'x-one': '1' }).end('bonjour'),
    '/cookies': (_request, response) =>
      void response
        .writeHead(
          200,
          [
            ['set-cookie', 'a=1'],
            ['set-cookie', 'b=2'],
          ].flat(),
        )
        .end(),
    '/echo': async (request, response) => {
      const body = await bodyOf(request);
      response.end(JSON.stringify({ method: request.method, headers: request.headers, body: body.toString() }));
    },
    '/measure': async (request, response) => {
      const body = await bodyOf(request);
      response.end(
        JSON.stringify({ bytes: body.length, sha256: sha256(body), length: request.headers['content-length'] ?? null }),
      );
    },
    '/large': (_request, response) => void response.end(LARGE),
    '/gzip': (_request, response) =>
      void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('small')),
    '/brotli': (_request, response) =>
      void response.writeHead(200, { 'content-encoding': 'br' }).end(brotliCompressSync('small')),
    '/bomb': (_request, response) =>
      void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(64 * 1024 * 1024))),
    '/found': (_request, response) => void response.writeHead(302, { location: '/hello' }).end(),
    '/see-other': (_request, response) => void response.writeHead(303, { location: '/echo' }).end(),
    '/temporary': (_request, response) => void response.writeHead(307, { location: '/echo' }).end(),
    '/loop': (_request, response) => void response.writeHead(302, { location: '/loop' }).end(),
    '/across': (_request, response) => void response.writeHead(302, { location: `${other.origin}/target` }).end(),
    '/broken': (_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('only a part', () => response.destroy());
    },
    '/endless': async (_request, response) => {
      response.write('first');
      await once(response, 'close');
      left.resolve();
    },
    '/silent': () => undefined,
  });
  config = { egress: [upstream.origin] };
  node = await BrokerNode.start();
});

afterAll(async () => {
  await node[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
});

const fetched = (path: string, init = '{}'): string =>
  `const response = await fetch('${upstream.origin}${path}', ${init});`;

test('a function gets status, headers, URL and body of what it fetches', async () => {
  const code = `${fetched('/hello#part')} return [response.status, response.statusText, response.ok, response.headers.get('x-one'),
    response.url, response.redirected, await response.text()]`;
  expect(await node.run(code, config)).toEqual([200, 'Fine', true, '1', `${upstream.origin}/hello`, false, 'bonjour']);
});

test('each cookie of an answer stays one of its own', async () => {
  expect(await node.run(`${fetched('/cookies')} return response.headers.getSetCookie()`, config)).toEqual([
    'a=1',
    'b=2',
  ]);
});

test('method, headers and body arrive; what the platform sets cannot be forged', async () => {
  const init = `{ method: 'POST', body: 'été', headers: { 'x-mine': 'yes', host: 'elsewhere', 'sovfn-function': 'forged', te: 'x' } }`;
  const echo = (await node.run(`${fetched('/echo', init)} return response.json()`, config)) as {
    headers: Record<string, string>;
  };
  expect(echo).toMatchObject({ method: 'POST', body: 'été', headers: { 'x-mine': 'yes', 'content-length': '5' } });
  expect(echo.headers['host']).toBe(new URL(upstream.origin).host);
  expect(echo.headers['sovfn-function']).toMatch(/^main\/f-/);
  expect(echo.headers['te']).toBeUndefined();
});

test('a large answer arrives whole', async () => {
  const code = `${fetched('/large')} const bytes = await response.bytes();
    const hash = await crypto.subtle.digest('SHA-256', bytes); return [bytes.length, new Uint8Array(hash).toHex()]`;
  expect(await node.run(code, config)).toEqual([LARGE.length, sha256(LARGE)]);
});

test('a stream is sent as it comes, in chunks', async () => {
  const code = `const piece = new Uint8Array(100_000).fill(7); let left = 20;
    const body = new ReadableStream({ pull(controller) { if (left-- === 0) controller.close(); else controller.enqueue(piece); } });
    ${fetched('/measure', `{ method: 'PUT', body, duplex: 'half' }`)} return response.json()`;
  const bytes = Buffer.alloc(2_000_000, 7);
  expect(await node.run(code, config)).toEqual({ bytes: bytes.length, sha256: sha256(bytes), length: null });
});

test('a large body of known length is sent whole', async () => {
  const init = `{ method: 'PUT', body: new Uint8Array(3_000_000).fill(9) }`;
  const bytes = Buffer.alloc(3_000_000, 9);
  expect(await node.run(`${fetched('/measure', init)} return response.json()`, config)).toMatchObject({
    bytes: bytes.length,
    sha256: sha256(bytes),
  });
});

test.each(['/gzip', '/brotli'])('a compressed answer is decompressed (%s)', async (path) => {
  expect(await node.run(`${fetched(path)} return response.text()`, config)).toBe('small');
});

test('an answer that grows too much by decompression is refused', async () => {
  await expect(node.run(`${fetched('/bomb')} for await (const _ of response.body);`, config)).rejects.toThrow(
    'The body grew more than 200 times as it was decompressed; it is refused.',
  );
});

test('redirects are followed, and the response says so', async () => {
  const code = `${fetched('/found')} return [response.url, response.redirected, await response.text()]`;
  expect(await node.run(code, config)).toEqual([`${upstream.origin}/hello`, true, 'bonjour']);
});

test('status 303 makes a GET of a POST; 307 sends the same again', async () => {
  const init = `{ method: 'POST', body: 'again' }`;
  const see = await node.run(`${fetched('/see-other', init)} return response.json()`, config);
  expect(see).toMatchObject({ method: 'GET', body: '' });
  expect(see).not.toHaveProperty('headers.content-type');
  const same = await node.run(`${fetched('/temporary', init)} return response.json()`, config);
  expect(same).toMatchObject({ method: 'POST', body: 'again' });
});

test('redirect "manual" gives the redirect, and "error" refuses it', async () => {
  const code = `${fetched('/found', `{ redirect: 'manual' }`)} return [response.status, response.headers.get('location')]`;
  expect(await node.run(code, config)).toEqual([302, '/hello']);
  await expect(node.run(fetched('/found', `{ redirect: 'error' }`), config)).rejects.toMatchObject({
    name: 'TypeError',
    message: `fetch failed: ${upstream.origin} could not be fetched: it redirects to /hello, and redirect is "error".`,
  });
});

test('a chain of redirects without an end is left', async () => {
  await expect(node.run(fetched('/loop'), config)).rejects.toThrow('more than 20 redirects');
});

test('a redirect to an origin that egress does not list is refused', async () => {
  await expect(node.run(fetched('/across'), config)).rejects.toThrow(`${other.origin} is refused`);
});

test('a redirect to another listed origin leaves credentials behind', async () => {
  const both = { egress: [upstream.origin, other.origin] };
  const init = `{ headers: { authorization: 'Bearer x', cookie: 'a=1', 'x-mine': 'yes' } }`;
  expect(await node.run(`${fetched('/across', init)} return response.text()`, both)).toBe('the other one');
  const { headers } = other.requests.at(-1)!;
  expect([headers.authorization, headers.cookie, headers['x-mine']]).toEqual([undefined, undefined, 'yes']);
});

test('an origin that egress does not list is refused, with what to add', async () => {
  await expect(node.run(fetched('/hello'), { egress: ['https://api.insee.fr'] })).rejects.toMatchObject({
    name: 'TypeError',
    message: expect.stringMatching(
      new RegExp(
        `^fetch failed: ${upstream.origin} is refused: egress of function "f-\\w+" does not list it. ` +
          `Add "${upstream.origin}" to "egress" in sovfn.jsonc and deploy.$`,
      ),
    ) as string,
  });
});

test('the services of the platform cannot be reached even when they are listed, under whatever address', async () => {
  const { port } = node.platform.config.bus;
  for (const host of ['127.0.0.1', '127.0.0.2', '0.0.0.0', 'localhost', '[::ffff:7f00:1]']) {
    const bus = `http://${host}:${port}`;
    await expect(node.run(`await fetch('${bus}')`, { egress: [bus] })).rejects.toThrow('belongs to the platform');
  }
});

test('a server that does not listen is named', async () => {
  await expect(
    node.run(`await fetch('http://127.0.0.1:1/')`, { egress: ['http://127.0.0.1:1'] }),
  ).rejects.toMatchObject({
    name: 'TypeError',
    message: 'fetch failed: http://127.0.0.1:1 could not be fetched: connect ECONNREFUSED 127.0.0.1:1.',
  });
});

test('an answer that breaks off fails in the middle of its body', async () => {
  await expect(node.run(`${fetched('/broken')} return response.text()`, config)).rejects.toMatchObject({
    name: 'TypeError',
    message: expect.stringContaining('The body broke off') as string,
  });
});

test('an abort ends a fetch that has no answer yet', async () => {
  await expect(node.run(fetched('/silent', `{ signal: AbortSignal.timeout(30) }`), config)).rejects.toMatchObject({
    name: 'TimeoutError',
  });
});

test('an abort in the middle of a body ends its reader and the connection', async () => {
  const code = `const controller = new AbortController();
    ${fetched('/endless', '{ signal: controller.signal }')}
    const reader = response.body.getReader(); await reader.read();
    const next = reader.read(); controller.abort(new Error('enough')); await next;`;
  await expect(node.run(code, config)).rejects.toThrow('enough');
  await left.promise;
});

test('a call may make 50 subrequests, of which 6 at a time are under way', async () => {
  const code = `const all = await Promise.allSettled(Array.from({ length: 51 }, () => fetch('${upstream.origin}/hello').then((r) => r.text())));
    return [all.filter((one) => one.status === 'fulfilled').length, all[50].reason.message]`;
  expect(await node.run(code, config)).toEqual([50, expect.stringContaining('This call has made 50 subrequests')]);
});

test('the limit subrequests of a function says how many a call may make', async () => {
  const code = `const all = await Promise.allSettled(Array.from({ length: 3 }, () => fetch('${upstream.origin}/hello').then((r) => r.text())));
    return [all.filter((one) => one.status === 'fulfilled').length, all[2].reason.message]`;
  expect(await node.run(code, { ...config, limits: { subrequests: 2 } })).toEqual([
    2,
    'This call has made 2 subrequests (fetch and bindings together), which is its limit. ' +
      'Raise limits.subrequests in sovfn.jsonc, or let one call do less.',
  ]);
});

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const TRACEPARENT = `00-${TRACE}-00f067aa0ba902b7-01`;

test("what is fetched gets the trace context of the call, and one of the call's own when its caller sent none", async () => {
  const code = `${fetched('/echo')} return (await response.json()).headers`;
  const headers = packHeaders(['traceparent', TRACEPARENT, 'tracestate', 'erp=7']);
  expect(await node.run(code, config, { headers })).toMatchObject({ traceparent: TRACEPARENT, tracestate: 'erp=7' });
  const twice = `const one = async () => { ${fetched('/echo')} return (await response.json()).headers.traceparent };
    return [await one(), await one()]`;
  const [first, second] = (await node.run(twice, config)) as [string, string];
  expect(first).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  expect(second).toBe(first);
});

test('a function that sets a trace context itself is not overruled', async () => {
  const own = TRACEPARENT.replace(TRACE, 'a'.repeat(32));
  const code = `${fetched('/echo', `{ headers: { traceparent: '${own}' } }`)} return (await response.json()).headers`;
  const seen = await node.run(code, config, {
    headers: packHeaders(['traceparent', TRACEPARENT, 'tracestate', 'erp=7']),
  });
  expect(seen).toMatchObject({ traceparent: own });
  expect(seen).not.toHaveProperty('tracestate');
});
