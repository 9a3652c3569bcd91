import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Guest, inGuest } from './harness.ts';
import { attempts, expectAsInNode } from './node-oracle.ts';

const FIELDS = `['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash']`;
const READ = `const read = (...args) => { try { const url = new URL(...args); return ${FIELDS}.map((field) => url[field]) } catch (error) { return error.name } };`;

const URLS = [
  'http://example.com',
  'http://example.com:80/',
  'https://example.com:443/a',
  'https://example.com:8443/a/b?c=d&e#f',
  'HTTP://EXAMPLE.com/A',
  'http://user:pa%20ss@example.com/',
  'http://user@example.com',
  'http://127.0.0.1:8080/x',
  'http://127.1/',
  'http://0x7f.1/',
  'http://256.1.1.1/',
  'http://[::1]:3000/',
  'http://[1:2::3]/',
  'http://[bad/',
  'http://ünïcode.example/ü?ü#ü',
  'http://xn--nxasmq6b/',
  'http://ex ample.com/',
  'http://example.com/a b',
  'http://example.com/a/../b/./c/%2e%2E/d',
  'http://example.com/.well-known/x',
  'http://example.com/..a/b..',
  'http://example.com/a\\b',
  'http://example.com/%zz%41',
  'http://example.com/?a=\'b\'&c="d"',
  'http://example.com/#a`b',
  'http://example.com/{}|^[]',
  'http://example.com:65535/',
  'http://example.com:65536/',
  'http://example.com:0080/',
  'http://example.com:/',
  'http://a.b-c.d9/x',
  'http://1.2.3.4.5/',
  'http://example.1/',
  'http://example.com.',
  'http://-a-.b/',
  'http:///example.com/',
  'http:example.com',
  '//example.com/x',
  'ftp://example.com:21/',
  'file:///C|/a/../b',
  'file://host/a',
  'data:text/plain,a b',
  'mailto:a@b',
  'blob:http://example.com/1',
  'javascript:alert(1)',
  'about:blank',
  'custom://h:1/p?q#f',
  'custom:opaque path',
  ' http://example.com/ ',
  'http://exa\nmple.com/',
  '',
  'x',
  '/x',
  '?x',
];

test('URLs are taken apart as in Node', async () => {
  await expectAsInNode(`${READ} return ${JSON.stringify(URLS)}.map((url) => [url, read(url)]);`);
});

test('relative URLs are resolved as in Node', async () => {
  const inputs = [
    '',
    '/',
    '/a/b?c#d',
    '/a/../b',
    '//other/x',
    '/\\x',
    'x',
    './x',
    '../x',
    '?q',
    '#f',
    'http:x',
    '/a b',
    '/%2e/x',
    'y:z',
    '///x',
  ];
  const bases = [
    'http://h:81/d/e?f#g',
    'https://u:p@h/d/',
    'http://[::1]/a',
    'file:///d/e',
    'custom://h/d/e',
    'data:x',
    'bad base',
  ];
  await expectAsInNode(
    `${READ} return ${JSON.stringify(bases)}.map((base) => ${JSON.stringify(inputs)}.map((input) => [input, base, read(input, base)]));`,
  );
});

test('setters change what they name, as in Node', async () => {
  const values = [
    '',
    'x',
    '/a/../b',
    'http',
    'https:',
    'ftp',
    '?q=1',
    '#f',
    'ü',
    'a b',
    'h:81',
    ':82',
    '443',
    '99999',
    'x:y',
    '[::1]',
    '%41',
    'a#b?c',
  ];
  const urls = ['http://u:p@h:81/p?q#f', 'https://h/', 'file:///p', 'custom:opaque', 'custom://h/p'];
  await expectAsInNode(`const fields = ['href', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash'];
    return ${JSON.stringify(urls)}.map((text) => fields.map((field) => ${JSON.stringify(values)}.map((value) => {
      const url = new URL(text); try { url[field] = value } catch (error) { return error.name } return [field, value, url.href, [...url.searchParams].join('|')] })));`);
});

test('the short way of parsing and the full parser agree', () => {
  using guest = new Guest();
  guest.install(
    `${READ} const handler = { async fetch(request) { return Response.json(read(await request.text())) } };`,
  );
  const character = fc.constantFrom(
    ...'abz09-._~%/?#:@[]\\|^`{}<>"\'&=+ ü'.split(''),
    '/..',
    '/.',
    '%2e',
    '//',
    '.1',
    ':80',
    'xn--',
  );
  const tail = fc.array(character, { maxLength: 12 }).map((parts) => parts.join(''));
  const url = fc.tuple(
    fc.constantFrom('http://', 'https://', 'HTTP://', 'http:'),
    fc.constantFrom('a.b', 'h', '1.2.3.4', 'a1', ''),
    tail,
  );
  const read = (text: string): unknown => {
    if (!URL.canParse(text)) return 'TypeError';
    const it = new URL(text);
    return [
      it.href,
      it.origin,
      it.protocol,
      it.username,
      it.password,
      it.host,
      it.hostname,
      it.port,
      it.pathname,
      it.search,
      it.hash,
    ];
  };
  fc.assert(
    fc.property(url, (parts) => {
      const text = parts.join('');
      expect(guest.dispatch({ method: 'POST', body: text }).json).toEqual(read(text));
    }),
    { numRuns: 500, seed: 20260115 },
  );
});

test('URL.parse, URL.canParse and wrong arguments answer as in Node', async () => {
  await expectAsInNode(
    attempts(
      `URL.parse('http://a/b').href`,
      `URL.parse('b', 'http://a/').href`,
      `URL.parse('bad')`,
      `URL.canParse('http://a')`,
      `URL.canParse('x', 'y')`,
      `URL.canParse()`,
      `new URL()`,
      `URL('http://a')`,
      `String(new URL('http://a'))`,
      `JSON.stringify({ url: new URL('http://a') })`,
      `Object.getOwnPropertyDescriptor(URL.prototype, 'href').get.call({})`,
      `new URL('http://a').searchParams === new URL('http://a').searchParams`,
      `(() => { const url = new URL('http://a'); return url.searchParams === url.searchParams })()`,
    ),
  );
});

test('search parameters and their URL follow each other', async () => {
  await expectAsInNode(`const url = new URL('http://a/?x=1&y=2'); const { searchParams } = url; const seen = [];
    const see = () => seen.push([url.href, [...searchParams].join('|')]);
    searchParams.append('ü', 'a b&c'); see(); searchParams.delete('x'); see(); searchParams.set('y', '3'); see(); searchParams.sort(); see();
    url.search = '?z=%20+%zz'; see(); url.href = 'http://b/?q'; see(); searchParams.delete('q'); see(); return seen;`);
});

test('URLSearchParams takes every form of init', async () => {
  const make = (...inits: string[]): string[] => inits.map((init) => `[...new URLSearchParams(${init})].join('|')`);
  await expectAsInNode(
    attempts(
      ...make(
        `'?a=b&a=c&&=&d'`,
        `'a=%F0%9F%8E%89+%zz%ff'`,
        `{ a: 1, b: null }`,
        `[['a', 'b'], ['a', 'c']]`,
        `new Map([['a', 'b']])`,
      ),
      ...make(
        `new URLSearchParams('a=1')`,
        `undefined`,
        `null`,
        `5`,
        `[['a']]`,
        `[1]`,
        `{ '\\ud800': '\\udfff' }`,
        `Symbol()`,
      ),
    ),
  );
});

test('URLSearchParams has the methods of the URL Standard', async () => {
  await expectAsInNode(`const params = new URLSearchParams('b=2&a=1&b=3&c=4'); const seen = [];
    params.forEach(function (value, key, self) { seen.push([key, value, self === params, this.mark]) }, { mark: 1 });
    return [seen, params.get('b'), params.get('x'), params.getAll('b'), params.has('a'), params.has('a', '2'), params.size, [...params.keys()], [...params.values()],
      (params.delete('b', '3'), params.toString()), (params.set('c', '5'), params.set('d', '~!*()\\''), params.toString()), (params.sort(), params.toString()),
      Object.prototype.toString.call(params.entries()), URLSearchParams.prototype[Symbol.iterator] === URLSearchParams.prototype.entries];`);
});

test('an iterator of search parameters sees what changes meanwhile', async () => {
  await expectAsInNode(`const params = new URLSearchParams('a=1&b=2&c=3'); const seen = [];
    for (const [key] of params) { seen.push(key); params.delete(key) } return [seen, String(params)];`);
});

test('URLPattern matches and gives its groups', () => {
  const seen = inGuest(`const pattern = new URLPattern({ pathname: '/books/:id(\\\\d+)' });
    const found = pattern.exec('https://example.com/books/123');
    return [pattern.test('https://example.com/books/123'), pattern.test({ pathname: '/books/x' }), found.pathname.groups.id,
      new URLPattern('/a/:b', 'https://example.com').exec('https://example.com/a/c').pathname.groups.b, Object.prototype.toString.call(pattern)];`);
  expect(seen).toEqual([true, false, '123', 'c', '[object URLPattern]']);
});
