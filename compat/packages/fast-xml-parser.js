import { XMLBuilder, XMLParser, XMLValidator } from 'fast-xml-parser';
import { checking, is } from '../src/claims.ts';

export const claims = {
  'parses elements and attributes': () =>
    is(new XMLParser({ ignoreAttributes: false }).parse('<a b="1"><c>2</c><c>3</c></a>'), {
      a: { '@_b': '1', c: [2, 3] },
    }),
  'builds XML': () => is(new XMLBuilder().build({ a: { b: 1, c: '<' } }), '<a><b>1</b><c>&lt;</c></a>'),
  'tells where XML is wrong': () => is(XMLValidator.validate('<a></b>').err.code, 'InvalidTag'),
};

const handler = checking(claims);
export { handler as default };
