import { expect, test } from 'vitest';
import { placeOf } from './enrol.ts';

test.each([
  [{ country: 'France' }, '--country "France" cannot be declared of a machine: must be two capital letters'],
  [{ legalSeat: 'fr' }, '--legal-seat "fr" cannot be declared of a machine: must be two capital letters'],
  [
    { country: 'DE', region: 'fr-idf' },
    '--region "fr-idf" cannot be declared of a machine: must be a region of the country',
  ],
  [{ certs: ['HDS', '*'] }, '--certs "HDS,*" cannot be declared of a machine: must be the name of a certification'],
])('%j is refused in one line that names the option', (declared, message) => {
  const declare = (): unknown => placeOf(declared, null);
  expect(declare).toThrow(message);
  expect(declare).toThrow(/^[^\n]+$/);
});
