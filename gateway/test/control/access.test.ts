import { afterAll, beforeAll, expect, test } from 'vitest';
import { exchange } from '../peers/raw-client.ts';
import { ControlBench, TOKEN } from './control-bench.ts';

let control: ControlBench;
beforeAll(async () => {
  control = await ControlBench.start();
});
afterAll(() => control[Symbol.asyncDispose]());

test('every documented operation is served, and needs a token unless the document says otherwise', async () => {
  const document = (await control.ask('GET', '/v1/openapi.json', { token: null })).json as { openapi: string };
  expect(document.openapi).toBe('3.1.1');
  const operations = Object.entries(control.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const scopeOf = ({ security }: (typeof operations)[number]['operation']) => security[0]?.token[0] ?? 'public';
  expect(operations.map(({ method, path, operation }) => `${method} ${path}: ${scopeOf(operation)}`)).toMatchSnapshot();
  for (const { path, method, operation } of operations) {
    const real = path
      .replace('{name}', 'unknown')
      .replace('{node}', 'unknown')
      .replace('{secret}', 'UNKNOWN')
      .replace('{webhook}', 'unknown')
      .replace('{event}', '01k2v5w8q9xr3t7yb4n6m0zc1d')
      .replace('{token}', 'abcdefghijklmno2')
      .replace('{grant}', 'abcdefghijklmno2')
      .replace('{tenant}', 'unknown')
      .replace('{invocation}', '01k2v5w8q9xr3t7yb4n6m0zc1d');
    const served = await control.send(method, real, method === 'GET' ? {} : { body: {} });
    const isJson = served.headers.get('content-type')!.includes('json');
    const { code } = isJson ? ((await served.json()) as { code?: string }) : {};
    expect(`${method} ${real}: ${code}`).not.toMatch(/: (not-found|method-not-allowed|internal-error)$/);
    const isPublic = operation.security.length === 0;
    // What is public and takes a body is refused for the body that is missing.
    const expected = isPublic ? (method === 'GET' ? 200 : 400) : 401;
    expect((await control.send(method, real, { token: null })).status).toBe(expected);
  }
});

test('a wrong, a missing and a misspelled token are refused alike, with what to do', async () => {
  for (const token of ['wrong', null, `${TOKEN} x`]) {
    const problem = await control.refused('GET', '/v1/functions', { token });
    expect(problem).toMatchObject({ status: 401, code: 'unauthorized' });
    expect(problem.hint).toContain('authorization: Bearer <token>');
  }
  const response = await control.send('GET', '/v1/functions', { token: null });
  expect(response.headers.get('www-authenticate')).toBe('Bearer realm="sovfn"');
  expect(response.headers.get('content-type')).toBe('application/problem+json');
});

test('a stranger does not learn which paths exist', async () => {
  const unknown = await control.refused('GET', '/v1/nothing', { token: null });
  const known = await control.refused('GET', '/v1/status', { token: null });
  expect(unknown).toEqual(known);
});

test('what is not there, and what cannot be done there, is said', async () => {
  expect(await control.refused('GET', '/v1/nothing')).toMatchObject({ status: 404, code: 'not-found' });
  expect(await control.refused('PATCH', '/v1/functions')).toMatchObject({ status: 405, code: 'method-not-allowed' });
  expect((await control.send('HEAD', '/v1/functions')).status).toBe(405);
  expect(await control.refused('GET', '/v1/functions/%ff')).toMatchObject({ status: 400 });
  expect(await control.refused('GET', '/v1/functions/Not_A_Name')).toMatchObject({ status: 400, code: 'bad-request' });
  expect(await control.refused('GET', '/v1/functions?all=1')).toMatchObject({ status: 400, code: 'bad-request' });
});

test('a part of the request that is wrong is named with its rule, in one line', async () => {
  expect((await control.refused('GET', '/v1/functions/Not_A_Name')).detail).toMatch(
    /^the path is not as it must be: name: must be [^\n✖]+$/,
  );
});

test('a body that is not JSON, or not as described, is refused with the place', async () => {
  const notJson = await control.refused('PUT', '/v1/functions/f', { body: '{"v": 1,' });
  expect(notJson).toMatchObject({ status: 400, code: 'bad-request' });
  expect(notJson.detail).toContain('the body is not JSON in UTF-8');
  const wrong = await control.refused('PUT', '/v1/functions/f', { body: { v: 2, bundel: '' } });
  expect(wrong.detail).toContain('the body is not as it must be');
  expect(wrong.detail).toContain('"bundel"');
});

test('a body over the limit is refused before it is read, and one that lies about its size while it is', async () => {
  const head = ['host: x', `authorization: Bearer ${TOKEN}`];
  const line = 'PUT /v1/functions/f HTTP/1.1';
  const declared = await exchange(control.bench.gateway.controlAddress, line, [...head, `content-length: ${2 ** 40}`]);
  expect(declared).toMatch(/^HTTP\/1.1 413 /);
  expect(declared).toContain(`the body has ${2 ** 40} bytes or more; at most ${48 * 2 ** 20} are taken here`);
  const chunk = `${(2 ** 20).toString(16)}\r\n${' '.repeat(2 ** 20)}\r\n`;
  const chunked = await exchange(
    control.bench.gateway.controlAddress,
    line,
    [...head, 'transfer-encoding: chunked'],
    chunk.repeat(49),
  );
  expect(chunked).toMatch(/^HTTP\/1.1 413 /);
}, 60_000);

test('the status names each part, and is not ready without a node', async () => {
  const { json } = await control.ask('GET', '/v1/status');
  expect(json).toMatchObject({
    ready: false,
    gateway: { id: 'gw-1', publicUrl: control.bench.url, inFlight: 0 },
    parts: [
      { name: 'gateway', state: 'ready' },
      { name: 'bus', state: 'ready' },
      { name: 'store', state: 'ready' },
      { name: 'nodes', state: 'down', detail: 'no node in zone fr' },
    ],
    pendingOutputs: 0,
  });
});
