import IBAN from 'iban';
import { checking, is } from '../src/claims.ts';

export const claims = {
  'validates the check digits': () =>
    is([IBAN.isValid('FR1420041010050500013M02606'), IBAN.isValid('FR1520041010050500013M02606')], [true, false]),
  'prints in groups, and back': () =>
    is(
      [IBAN.printFormat('BE68539007547034'), IBAN.electronicFormat('BE68 5390 0754 7034')],
      ['BE68 5390 0754 7034', 'BE68539007547034'],
    ),
  'converts to BBAN': () => is(IBAN.toBBAN('BE68 5390 0754 7034'), '539 0075470 34'),
};

const handler = checking(claims);
export { handler as default };
