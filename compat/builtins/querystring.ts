import { escape, parse, stringify, unescape } from 'node:querystring';
import { sampling, type Samples } from '../src/samples.ts';

export const samples: Samples = {
  parse: () =>
    ['a=1&a=2&b=%C3%A9+x&c', '&&a=&=b', 'a=%zz%41', '__proto__=1', 'x=%ff'].map((one) => ({ ...parse(one) })),
  'parse with other marks and a limit': () => [
    { ...parse('a:1;b:2', ';', ':') },
    { ...parse('a=1&b=2', '&', '=', { maxKeys: 1 }) },
  ],
  stringify: () => [stringify({ a: [1, 'é x'], b: true, c: NaN, d: null, e: '' }), stringify({ a: "!'()*~" })],
  'escape and unescape': () => [escape('a b/é&'), unescape('%41%zz')],
};

const handler = sampling(samples);
export { handler as default };
