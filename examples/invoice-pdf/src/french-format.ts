import { withPrintableForms } from './printable.ts';

const amountFormat = new Intl.NumberFormat('fr-FR', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const decimalFormat = new Intl.NumberFormat('fr-FR', { maximumFractionDigits: 3 });

/** `1 234,56` */
export function amount(cents: number): string {
  return withPrintableForms(amountFormat.format(cents / 100));
}

/** `1 234,56 €` */
export function euros(cents: number): string {
  return `${amount(cents)}\u00a0€`;
}

/** `50 000 €`, and cents only where there are some. */
export function wholeEuros(cents: number): string {
  return `${cents % 100 === 0 ? decimal(cents / 100) : amount(cents)}\u00a0€`;
}

/** `1,5` */
export function decimal(value: number): string {
  return withPrintableForms(decimalFormat.format(value));
}

/** `5,5 %` */
export function percentage(value: number): string {
  return `${decimal(value)}\u00a0%`;
}

/** `2026-11-20` as `20/11/2026`. */
export function date(isoDate: string): string {
  return isoDate.split('-').reverse().join('/');
}

/** Digits of a SIREN or SIRET: `812 345 679 00017`. */
export function companyNumber(digits: string): string {
  return [digits.slice(0, 3), digits.slice(3, 6), digits.slice(6, 9), digits.slice(9)].filter(Boolean).join('\u00a0');
}

/** `FR76 3000 6000 …` */
export function iban(value: string): string {
  return value.replaceAll(/.{4}(?=.)/g, '$&\u00a0');
}
