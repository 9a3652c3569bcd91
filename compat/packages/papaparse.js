import Papa from 'papaparse';
import { checking, is } from '../src/claims.ts';

export const claims = {
  'parses with a header and types': () =>
    is(Papa.parse('name,price\n"Pain, complet",3.5\nThé,4', { header: true, dynamicTyping: true }).data, [
      { name: 'Pain, complet', price: 3.5 },
      { name: 'Thé', price: 4 },
    ]),
  'finds the delimiter': () => is(Papa.parse('a;b\n1;2').meta.delimiter, ';'),
  'gives rows one by one': () => {
    const rows = [];
    Papa.parse('1,2\n3,4', { step: ({ data }) => rows.push(data) });
    return is(rows, [
      ['1', '2'],
      ['3', '4'],
    ]);
  },
  'quotes where it must': () =>
    is(
      Papa.unparse([
        ['a', 'b "c"'],
        ['d,e', 1],
      ]),
      'a,"b ""c"""\r\n"d,e",1',
    ),
};

const handler = checking(claims);
export { handler as default };
