/** Establishment number: the SIREN of the company (9 digits) and a number within it (5 digits). */

const LA_POSTE_SIREN = '356000000';

/** 14 digits of which both the first nine and all have a right Luhn sum. */
export function isSiret(digits: string): boolean {
  if (!/^\d{14}$/.test(digits) || !hasLuhnSum(digits.slice(0, 9))) return false;
  return hasLuhnSum(digits) || isLaPosteSiret(digits);
}

/** La Poste has more establishments than Luhn keys allow: the plain sum of its digits is a multiple of five instead. */
function isLaPosteSiret(digits: string): boolean {
  if (!digits.startsWith(LA_POSTE_SIREN)) return false;
  const sum = Array.from(digits).reduce((total, digit) => total + Number(digit), 0);
  return sum % 5 === 0;
}

/** Every second digit from the right counts twice, as the sum of its own digits. */
function hasLuhnSum(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i += 1) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = 2 * digit;
    sum += i % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
