import { fileURLToPath, format, parse, pathToFileURL, resolve, urlToHttpOptions } from 'node:url';
import { sampling, type Samples } from '../src/samples.ts';

const URLS = [
  'https://user:pa%20ss@Example.com:8080/a/b?x=1&y=2#h',
  'http://example.com',
  '/only/path?q#f',
  'mailto:a@b.c',
  '//host/path',
  'http://[::1]:80/x',
  '?q=1',
];
const plain = ({ ...parts }: object): object => parts;

export const samples: Samples = {
  parse: () => URLS.map((one) => plain(parse(one))),
  'parse with its query': () => plain(parse('/a?x=1&x=2', true).query),
  format: () => [
    format({ protocol: 'https', hostname: 'a.b', port: 8080, pathname: 'x', query: { a: ['1', '2'] }, hash: 'h' }),
    format(new URL('https://a.b/?x')),
  ],
  resolve: () => [resolve('/one/two/three', 'four'), resolve('http://example.com/one', '/two'), resolve('a/b', '../c')],
  files: () => [fileURLToPath('file:///a%20b/%C3%A9'), pathToFileURL('/a b#?%').href],
  'options of a request': () => plain(urlToHttpOptions(new URL('https://u:p@[::1]:8/x?y#z'))),
};

const handler = sampling(samples);
export { handler as default };
