import { describe, expect, test } from 'vitest';
import { parseCents, writeCents } from '../src/identifiers/amount.ts';
import { isFrenchVatNumber } from '../src/identifiers/french-vat-number.ts';
import { ibanFault } from '../src/identifiers/iban.ts';
import { isSiret } from '../src/identifiers/siret.ts';

describe('a SIRET', () => {
  test.each(['40483304800022', '73282932000074'])('%s is right', (siret) => {
    expect(isSiret(siret)).toBe(true);
  });

  test.each([
    ['an establishment with another key', '40483304800023'],
    ['a company with another key', '40483304900021'],
    ['13 digits', '4048330480002'],
    ['letters', '4048330480002X'],
    ['Arabic digits', '٤٠٤٨٣٣٠٤٨٠٠٠٢٢'],
  ])('with %s is wrong', (_what, siret) => {
    expect(isSiret(siret)).toBe(false);
  });

  test('of La Poste may have a digit sum that five divides instead of a Luhn sum', () => {
    expect(isSiret('35600000000048')).toBe(true);
    expect(isSiret('35600000049837')).toBe(true);
    expect(isSiret('35600000049838')).toBe(false);
  });

  test('of another company may not', () => {
    expect(isSiret('40483304800021')).toBe(false);
  });
});

describe('a French VAT number', () => {
  test.each(['FR83404833048', 'FR40303265045', 'FR23334175221', 'FRK7399859412', 'FR4Z123456782'])(
    '%s is right',
    (vat) => {
      expect(isFrenchVatNumber(vat)).toBe(true);
    },
  );

  test.each(['FR84404833048', 'FR8340483304', 'BE0404833048', 'FRK8399859412', 'FRO7399859412', '', 'FR'])(
    '"%s" is wrong',
    (vat) => {
      expect(isFrenchVatNumber(vat)).toBe(false);
    },
  );
});

describe('an IBAN', () => {
  test.each([
    'FR7630006000011234567890189',
    'BE71096123456769',
    'DE75512108001245126199',
    'GB33BUKB20201555555555',
    'MT31MALT01100000000000000000123',
    'NO8330001234567',
  ])('%s is right', (iban) => {
    expect(ibanFault(iban)).toBe(null);
  });

  test.each([
    ['FR7630006000011234567890188', 'key'],
    ['FR7630006000011234567890198', 'key'],
    ['FR763000600001123456789018', 'length'],
    ['BE7630006000011234567890189', 'length'],
    ['XX7630006000011234567890189', 'country'],
    ['FRXX30006000011234567890189', 'form'],
    ['FR', 'form'],
  ])('%s has a wrong %s', (iban, fault) => {
    expect(ibanFault(iban)).toBe(fault);
  });
});

describe('an amount', () => {
  test.each([
    ['1234,56', 123456],
    ['1234.5', 123450],
    ['1 234 567,89', 123456789],
    ['1\u202f234,56 €', 123456],
    ['12\u00a0000', 1200000],
    ['0,01', 1],
    ['-3', -300],
    ['999999999999,99', 99999999999999],
  ])('"%s" is read', (text, cents) => {
    expect(parseCents(text)).toBe(cents);
  });

  test.each(['', '1,234.56', '1.234,56', '12 34', '1,234', 'NaN', '1e3', '٣', '--1', '1234567890123'])(
    '"%s" is refused',
    (text) => {
      expect(parseCents(text)).toBe(null);
    },
  );

  test('of a million blanks is refused at once', () => {
    expect(parseCents(`1${' '.repeat(1_000_000)}1`)).toBe(null);
  });

  test.each([1, 99, 100, 123456, 99999999999999])('of %i cents is written and read back', (cents) => {
    expect(parseCents(writeCents(cents))).toBe(cents);
  });
});
