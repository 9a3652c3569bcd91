import { expect, test } from 'vitest';
import { Guest, inGuest } from './harness.ts';
import { attempts, expectAsInNode } from './node-oracle.ts';

test('names are lower case, sorted and combined; cookies stand alone', async () => {
  await expectAsInNode(`const headers = new Headers([['B', '2'], ['a', '1'], ['b', '3'], ['Set-Cookie', 'x=1'], ['set-cookie', 'y=2']]);
    return [[...headers], headers.get('B'), headers.get('set-cookie'), headers.getSetCookie(), headers.has('A'), headers.get('none'),
      [...headers.keys()], [...headers.values()], (headers.set('b', '4'), headers.delete('A'), [...headers])];`);
});

test('every form of init is taken, and wrong ones are refused', async () => {
  await expectAsInNode(
    attempts(
      ...[
        `{ a: 1, B: 'x' }`,
        `[['a', 'b']]`,
        `new Map([['a', 'b']])`,
        `new Headers({ a: 'b' })`,
        `undefined`,
        `null`,
        `5`,
        `'text'`,
        `[['a']]`,
        `[['a', 'b', 'c']]`,
        `[5]`,
      ].map((init) => `[...new Headers(${init})]`),
    ),
  );
});

test('values lose surrounding white space, and keep the inner', async () => {
  await expectAsInNode(
    `return [' a ', '\\t\\r\\n a b \\n', '', '\\u00e9', 'a,b'].map((value) => new Headers({ x: value }).get('x'));`,
  );
});

test.each(['a\nb', 'a\rb', 'a\0b', '\n\n a\nb', 'a\r\nset-cookie: x=1'])(
  'a value with a line break or NUL inside is refused everywhere (%j)',
  (value) => {
    const text = JSON.stringify(value);
    const seen = inGuest(
      attempts(
        `new Headers({ a: ${text} })`,
        `new Headers([['a', ${text}]])`,
        `new Headers().append('a', ${text})`,
        `new Headers().set('a', ${text})`,
        `new Response('', { headers: { a: ${text} } })`,
        `new Response('', { statusText: ${text} })`,
        `Response.json(1, { headers: { a: ${text} } })`,
        `new Request('http://a/', { headers: { a: ${text} } })`,
        `new Response('').headers.set('content-type', ${text})`,
      ),
    );
    expect(new Set(seen as string[])).toEqual(new Set(['throws TypeError']));
  },
);

test.each(['', ' ', 'a b', 'a:', 'é', 'a\n', '(a)', '"a"', 'a/b'])('%j is no header name', (name) => {
  const text = JSON.stringify(name);
  const calls = ['get', 'has', 'delete'].map((method) => `new Headers().${method}(${text})`);
  const seen = inGuest(attempts(...calls, `new Headers().set(${text}, 'x')`, `new Headers({ [${text}]: 'x' })`));
  expect(seen).toEqual(Array.from({ length: 5 }, () => 'throws TypeError'));
});

test('a value above U+00FF is refused', async () => {
  await expectAsInNode(
    attempts(
      `new Headers({ a: '\\u0100' })`,
      `new Headers({ '\\u0100': 'a' })`,
      `new Headers({ a: '\\u00ff' }).get('a')`,
    ),
  );
});

test('a content type that a blob or form brings cannot break a header block', () => {
  using guest = new Guest();
  guest.install(`const handler = { fetch: () => new Response(new Blob([''], { type: 'a/b\\r\\nx-evil: 1' })) };`);
  expect(guest.dispatch().answer?.headers).toBe('');
});

test('iteration sees what changes meanwhile', async () => {
  await expectAsInNode(`const headers = new Headers({ a: 1, b: 2, c: 3 }); const seen = [];
    for (const [name] of headers) { seen.push(name); if (name === 'a') headers.delete('b'); if (name === 'c') headers.append('d', 4) } return seen;`);
});

test('the headers of an incoming request are as the caller sent them, and immutable', () => {
  using guest = new Guest();
  guest.install(`const handler = { fetch(request) { const { headers } = request; let name; try { headers.set('a', 'b') } catch (error) { name = error.name }
    return Response.json([[...headers], name, headers === request.headers, [...new Headers(headers)].length]) } };`);
  const headers = 'x-b\n1\ncookie\na=1; b=2\nx-b\n2\naccept\n*/*\n';
  const list = [
    ['accept', '*/*'],
    ['cookie', 'a=1; b=2'],
    ['x-b', '1, 2'],
  ];
  expect(guest.dispatch({ headers }).json).toEqual([list, 'TypeError', true, 3]);
  expect(guest.dispatch({ headers: '' }).json).toEqual([[], 'TypeError', true, 0]);
});
