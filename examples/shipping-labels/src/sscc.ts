const EXTENSION = '3';

/**
 * The number that a carrier scans (SSCC, 18 digits): extension, GS1 prefix of the company (7 digits), order (7), parcel (2),
 * check digit. The same parcel always has the same number.
 */
export function ssccOf(prefix: string, order: string, parcel: number): string {
  const digits = EXTENSION + prefix + order + String(parcel).padStart(2, '0');
  if (!/^\d{17}$/.test(digits)) throw new RangeError(`"${digits}" cannot be numbered: 17 digits are needed`);
  return digits + String(checkDigit(digits));
}

/** GS1: digits weigh 3 and 1 in turn, from the right. */
export function checkDigit(digits: string): number {
  const sum = [...digits]
    .toReversed()
    .reduce((total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 3 : 1), 0);
  return (10 - (sum % 10)) % 10;
}
