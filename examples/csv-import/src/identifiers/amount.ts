const MAX_DIGITS = 12;
/** More than any way to write so many digits needs. Longer ones are refused unread: patterns below are slow on blanks. */
const MAX_CHARACTERS = 40;

/**
 * Cents of an amount in euros, written as in France (`1 234,56`, with any space) or with a point (`1234.56`); null when it is
 * neither. `1,234.56` is refused: in France the comma is the decimal sign, and a guess could be wrong by a thousand.
 */
export function parseCents(text: string): number | null {
  if (text.length > MAX_CHARACTERS) return null;
  const compact = text.replace(/\s*€$/, '').replaceAll(/(?<=\d)\s(?=\d{3}(?!\d))/g, '');
  const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:[.,](\d{1,2}))?$/.exec(compact) ?? [];
  if (whole === undefined || whole.length > MAX_DIGITS) return null;
  const cents = Number(whole) * 100 + Number(fraction.padEnd(2, '0'));
  return sign === '-' ? -cents : cents;
}

/** `123456` cents as `1234.56`. */
export function writeCents(cents: number): string {
  return (cents / 100).toFixed(2);
}
