import type { Draw } from './draw.ts';

export interface SupplierRow {
  readonly code: string;
  readonly name: string;
  readonly siret: string;
  readonly vat: string;
  readonly iban: string;
  readonly outstanding: string;
  readonly town: string;
}

const TRADES = [
  'Boulangerie',
  'Menuiserie',
  'Imprimerie',
  'Transports',
  'Maçonnerie',
  'Électricité',
  'Pépinières',
  'Conserverie',
  'Hôtellerie',
  'Chaudronnerie',
];
const NAMES = ['Lefèvre', 'Béranger', 'Noël', 'Gaëtan', 'D’Œuvre', 'Çelik', 'Müller', 'Aÿ', 'Kervadec', 'Etcheverry'];
const SUFFIXES = ['', ' et Fils', ' & Cie', ' ; Sud', ', Nord', ' "Le Mistral"', ' – Groupe'];
const FORMS = ['SARL', 'SAS', 'EURL', 'SCOP', 'SA'];
const TOWNS = ['Lyon', 'Nîmes', 'Saint-Étienne', 'Besançon', 'Alès', 'Orléans', 'Béziers', 'La Ciotat'];
const FOREIGN_IBANS = [
  { country: 'BE', digits: 12 },
  { country: 'DE', digits: 18 },
  { country: 'ES', digits: 20 },
];

/** Prime to 900,000, so that no two suppliers share a SIREN. */
const SPREAD = 7_919;

/** A row with nothing wrong, its numbers written in one of the ways that people write them. */
export function makeSupplier(draw: Draw, index: number): SupplierRow {
  const siren = withLuhnDigit(String(100_000 + ((index * SPREAD) % 900_000)) + draw.digits(2));
  const siret = withLuhnDigit(siren + '000' + String(1 + draw.below(9)));
  return {
    code: `F${String(index).padStart(5, '0')}`,
    name: `${draw.oneOf(FORMS)} ${draw.oneOf(TRADES)} ${draw.oneOf(NAMES)}${draw.oneOf(SUFFIXES)}`,
    siret: draw.below(4) === 0 ? siret.replace(/(\d{3})(\d{3})(\d{3})/, '$1 $2 $3 ') : siret,
    vat: draw.below(10) === 0 ? '' : `FR${vatKey(siren)}${siren}`,
    iban: makeIban(draw),
    outstanding: writeAmount(draw),
    town: draw.oneOf(TOWNS),
  };
}

/** Appends the digit that makes the Luhn sum right. */
function withLuhnDigit(digits: string): string {
  const sum = Array.from(digits)
    .reverse()
    .map((digit, i) => Number(digit) * (i % 2 === 0 ? 2 : 1))
    .reduce((total, value) => total + (value > 9 ? value - 9 : value), 0);
  return digits + String((10 - (sum % 10)) % 10);
}

function vatKey(siren: string): string {
  return String((12 + 3 * (Number(siren) % 97)) % 97).padStart(2, '0');
}

function makeIban(draw: Draw): string {
  const { country, digits } = draw.below(12) === 0 ? draw.oneOf(FOREIGN_IBANS) : { country: 'FR', digits: 23 };
  const account = draw.digits(digits);
  const letters = Array.from(country, (letter) => letter.charCodeAt(0) - 55).join('');
  const key = 98n - (BigInt(`${account}${letters}00`) % 97n);
  const iban = `${country}${String(key).padStart(2, '0')}${account}`;
  return draw.below(3) === 0 ? iban.replaceAll(/.{4}(?=.)/g, '$& ') : iban;
}

/** `1 234,56` with a no-break space, or `1234.56`. */
function writeAmount(draw: Draw): string {
  const cents = draw.below(5_000_000);
  const whole = String(Math.floor(cents / 100));
  const fraction = String(cents % 100).padStart(2, '0');
  if (draw.below(3) === 0) return `${whole}.${fraction}`;
  return `${whole.replaceAll(/(?<=\d)(?=(?:\d{3})+$)/g, '\u00a0')},${fraction}`;
}
