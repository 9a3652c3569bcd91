import { customAlphabet, nanoid, urlAlphabet } from 'nanoid';
import { checking, is } from '../src/claims.ts';

export const claims = {
  'makes ids of 21 characters that fit in URLs': () => is(/^[\w-]{21}$/.test(nanoid()), true),
  'makes no id twice': () => is(new Set(Array.from({ length: 1_000 }, () => nanoid())).size, 1_000),
  'takes a size and an alphabet': () =>
    is([nanoid(10).length, /^[ab]{5}$/.test(customAlphabet('ab', 5)()), urlAlphabet.length], [10, true, 64]),
};

const handler = checking(claims);
export { handler as default };
