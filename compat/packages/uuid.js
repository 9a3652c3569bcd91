import { NIL, parse, stringify, v4, v5, v7, validate, version } from 'uuid';
import { checking, is } from '../src/claims.ts';

export const claims = {
  'makes random UUIDs (v4) and sortable ones (v7)': () => is([version(v4()), version(v7()), v7() < v7()], [4, 7, true]),
  'makes UUIDs of names (v5)': () =>
    is(v5('Hello, World!', '1b671a64-40d5-491e-99b0-da01ff1f3341'), '630eb68f-e0fa-5ecc-887a-7c7a62614681'),
  'validates, parses and writes them': () =>
    is([validate('x'), validate(NIL), stringify(parse(NIL))], [false, true, NIL]),
};

const handler = checking(claims);
export { handler as default };
