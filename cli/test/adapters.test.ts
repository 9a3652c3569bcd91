/** Handlers of other platforms, in a real isolate. */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeTemporaryFolder, type TemporaryFolder } from '@sovfn/testkit';
import { startFunction } from 'sovfn/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestFunction } from '../types/testing.d.ts';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));

const LAMBDA = `
import { fromLambda } from 'sovfn/lambda';
const byCallback = (event, context, callback) => {
  if (event.rawPath === '/called-error') callback('refused');
  else setTimeout(() => callback(null, { statusCode: 202, body: 'called back' }), 1);
};
const answers = {
  '/object': { total: 3 },
  '/text': 'bonjour',
  '/nothing': undefined,
  '/cookies': { statusCode: 200, headers: { 'x-count': 2, 'Content-Type': 'text/plain' }, cookies: ['a=1', 'b=2; Secure'], body: 'é' },
  '/binary': { statusCode: 200, headers: { 'content-type': 'image/png' }, body: 'AP+A', isBase64Encoded: true },
  '/empty': { statusCode: 204 },
  '/impossible': { statusCode: 42 },
};
const handler = async (event, context) => {
  if (event.rawPath === '/throws') throw new TypeError('no such order');
  if (event.rawPath === '/context') {
    const { awsRequestId, functionName, env } = context;
    return { awsRequestId, functionName, left: context.getRemainingTimeInMillis(), colour: env.COLOUR };
  }
  return event.rawPath in answers ? answers[event.rawPath] : { statusCode: 200, body: JSON.stringify(event) };
};
const async = fromLambda(handler, { wallMs: 5000, functionName: 'orders' });
const called = fromLambda(byCallback);
export default {
  fetch: (request, env, ctx) => (new URL(request.url).pathname.startsWith('/called') ? called : async).fetch(request, env, ctx),
};`;

const EXPRESS = `
import { fromExpress } from 'sovfn/express';
const count = (req, res, next) => { req.seen = [...(req.seen ?? []), 'first']; next(); };
const routes = async (req, res, next) => {
  const { method, path, query, body, cookies, ip } = req;
  if (path === '/echo') return res.json({ method, path, query, body: body instanceof Uint8Array ? [...body] : body, cookies, hasIp: ip !== '', type: req.get('Content-Type'), seen: req.seen, colour: req.env.COLOUR });
  if (path === '/cookie') return res.cookie('a', 'é 1', { httpOnly: true, maxAge: 60000, sameSite: 'lax' }).append('set-cookie', 'b=2').status(201).send('<p>ok</p>');
  if (path === '/redirect') return res.redirect('/elsewhere');
  if (path === '/moved') return res.redirect(308, '/elsewhere');
  if (path === '/written') { res.set({ 'x-one': '1', 'x-two': 2 }).type('text'); res.write('a'); res.write(new Uint8Array([98])); setTimeout(() => res.end('c'), 1); return; }
  if (path === '/gone') return res.sendStatus(404);
  if (path === '/throws') throw new TypeError('handled');
  if (path === '/given') return next(new RangeError('handled'));
  if (path === '/fails') throw new Error('unhandled');
  next();
};
const errors = (error, req, res, next) => (error.message === 'handled' ? res.status(418).json({ name: error.name }) : next(error));
export default fromExpress(count, routes, errors);`;

let folder: TemporaryFolder;
let lambda: TestFunction;
let express: TestFunction;
beforeAll(async () => {
  folder = await makeTemporaryFolder('adapters');
  await mkdir(join(folder.path, 'node_modules'));
  await symlink(PACKAGE, join(folder.path, 'node_modules', 'sovfn'));
  lambda = await start('orders', LAMBDA);
  express = await start('shop', EXPRESS);
}, 120_000);
afterAll(async () => {
  await lambda.stop();
  await express.stop();
  await folder[Symbol.asyncDispose]();
});

async function start(name: string, code: string): Promise<TestFunction> {
  const root = join(folder.path, name);
  await mkdir(root);
  await writeFile(join(root, 'sovfn.jsonc'), JSON.stringify({ name, main: 'index.js', vars: { COLOUR: 'red' } }));
  await writeFile(join(root, 'index.js'), code);
  return startFunction(root);
}

const jsonOf = async (answer: Promise<Response>): Promise<unknown> => (await answer).json();

describe('a handler of Lambda', () => {
  test('gets an event of an API Gateway: path, query, cookies, joined headers, text', async () => {
    const headers = [
      ...[
        ['cookie', 'a=1; b=2'],
        ['x-tag', 'one'],
        ['x-tag', 'two'],
        ['content-type', 'application/json; charset=utf-8'],
      ],
    ] as [string, string][];
    const event = await jsonOf(lambda.fetch('/a%20b?x=1&x=2&y=%20z', { method: 'POST', headers, body: '{"price":3}' }));
    expect(event).toMatchObject({
      ...{ version: '2.0', rawPath: '/a b', rawQueryString: 'x=1&x=2&y=%20z', cookies: ['a=1', 'b=2'] },
      queryStringParameters: { x: '1,2', y: ' z' },
      headers: { 'x-tag': 'one, two' },
      requestContext: { stage: '$default', http: { method: 'POST', path: '/a b', sourceIp: '127.0.0.1' } },
      ...{ body: '{"price":3}', isBase64Encoded: false },
    });
    expect(event).not.toHaveProperty('headers.cookie');
    expect(await jsonOf(lambda.fetch('/plain'))).not.toHaveProperty('body');
  });

  test('gets bytes in base64', async () => {
    const event = await jsonOf(lambda.fetch('/', { method: 'POST', body: new Uint8Array([0, 255, 128]) }));
    expect(event).toMatchObject({ body: 'AP+A', isBase64Encoded: true });
  });

  test('answers with what it returns: a response, with cookies or bytes, or any value as JSON', async () => {
    expect(await jsonOf(lambda.fetch('/object'))).toEqual({ total: 3 });
    expect(await (await lambda.fetch('/text')).text()).toBe('bonjour');
    expect((await lambda.fetch('/nothing')).status).toBe(200);
    const cookies = await lambda.fetch('/cookies');
    expect(cookies.headers.getSetCookie()).toEqual(['a=1', 'b=2; Secure']);
    expect([cookies.headers.get('x-count'), cookies.headers.get('content-type')]).toEqual(['2', 'text/plain']);
    expect(await cookies.text()).toBe('é');
    expect([...(await (await lambda.fetch('/binary')).bytes())]).toEqual([0, 255, 128]);
    expect((await lambda.fetch('/empty')).status).toBe(204);
    expect((await lambda.fetch('/impossible')).status).toBe(502);
  });

  test('answers by its callback, and fails by it', async () => {
    const answer = await lambda.fetch('/called');
    expect([answer.status, await answer.text()]).toEqual([202, 'called back']);
    expect(await jsonOf(lambda.fetch('/called-error'))).toMatchObject({ code: 'exception' });
    expect(await jsonOf(lambda.fetch('/throws'))).toMatchObject({ code: 'exception' });
  });

  test('has a context: an id, the time that is left, and the env of sovfn', async () => {
    const context = (await jsonOf(lambda.fetch('/context'))) as { left: number; awsRequestId: string };
    expect(context).toMatchObject({ functionName: 'orders', colour: 'red' });
    expect(context.awsRequestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(context.left).toBeGreaterThan(0);
    expect(context.left).toBeLessThanOrEqual(5_000);
  });
});

describe('handlers of Express', () => {
  test('get method, path, query, cookies, and a body by its type', async () => {
    const post = async (type: string | null, body: string | Uint8Array<ArrayBuffer>): Promise<unknown> =>
      jsonOf(
        express.fetch('/echo?a=1&a=2&b=3', {
          method: 'POST',
          body,
          ...(type !== null && { headers: { 'content-type': type, cookie: 'k=%C3%A9' } }),
        }),
      );
    expect(await post('application/json', '{"n":1}')).toEqual({
      ...{ method: 'POST', path: '/echo', query: { a: ['1', '2'], b: '3' }, body: { n: 1 }, cookies: { k: 'é' } },
      ...{ hasIp: true, type: 'application/json', seen: ['first'], colour: 'red' },
    });
    expect(await post('application/x-www-form-urlencoded', 'x=1&y=a+b')).toMatchObject({ body: { x: '1', y: 'a b' } });
    expect(await post('text/plain', 'salut')).toMatchObject({ body: 'salut' });
    expect(await post('image/png', new Uint8Array([0, 255]))).toMatchObject({ body: [0, 255] });
    const broken = await express.fetch('/echo', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{',
    });
    expect(broken.status).toBe(400);
  });

  test('answer with a status, cookies, a redirect, and what was written in pieces', async () => {
    const cookie = await express.fetch('/cookie');
    expect([cookie.status, cookie.headers.get('content-type')]).toEqual([201, 'text/html; charset=utf-8']);
    expect(cookie.headers.getSetCookie()).toEqual(['a=%C3%A9%201; Max-Age=60; Path=/; HttpOnly; SameSite=Lax', 'b=2']);
    for (const [path, status] of [
      ['/redirect', 302],
      ['/moved', 308],
    ] as const) {
      const moved = await express.fetch(path, { redirect: 'manual' });
      expect([moved.status, moved.headers.get('location')]).toEqual([status, '/elsewhere']);
    }
    const written = await express.fetch('/written');
    expect([await written.text(), written.headers.get('x-one'), written.headers.get('x-two')]).toEqual([
      'abc',
      '1',
      '2',
    ]);
    const gone = await express.fetch('/gone');
    expect([gone.status, await gone.text()]).toEqual([404, 'Not Found']);
  });

  test('pass errors to the handler for errors; what it does not take fails the call, and 404 is who finds nobody', async () => {
    for (const [path, name] of [
      ['/throws', 'TypeError'],
      ['/given', 'RangeError'],
    ] as const) {
      const answer = await express.fetch(path);
      expect([answer.status, await answer.json()]).toEqual([418, { name }]);
    }
    expect(await jsonOf(express.fetch('/fails'))).toMatchObject({ code: 'exception' });
    const nobody = await express.fetch('/nobody', { method: 'PUT' });
    expect([nobody.status, await nobody.text()]).toEqual([404, 'Cannot PUT /nobody']);
  });
});
