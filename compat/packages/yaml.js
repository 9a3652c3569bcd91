import { parse, parseDocument, stringify } from 'yaml';
import { checking, is } from '../src/claims.ts';

export const claims = {
  'parses YAML 1.2': () =>
    is(parse('a: [1, no]\nb: &x { c: é }\nd: *x'), { a: [1, 'no'], b: { c: 'é' }, d: { c: 'é' } }),
  'writes YAML': () => is(stringify({ a: [1, 'x: y'] }), 'a:\n  - 1\n  - "x: y"\n'),
  'keeps comments': () => {
    const document = parseDocument('# tax\nrate: 20\n');
    document.set('rate', 10);
    return is(String(document), '# tax\nrate: 10\n');
  },
};

const handler = checking(claims);
export { handler as default };
