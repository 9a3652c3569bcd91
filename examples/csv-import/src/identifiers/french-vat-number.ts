/** `FR`, a key of two characters, and the SIREN of the company. */

/** Letters of keys; I and O look like digits and are left out. */
const KEY_ALPHABET = '0123456789ABCDEFGHJKLMNPQRSTUVWXYZ';

export function isFrenchVatNumber(value: string): boolean {
  const [, key, siren] = /^FR([0-9A-HJ-NP-Z]{2})(\d{9})$/.exec(value) ?? [];
  if (key === undefined || siren === undefined) return false;
  return /^\d\d$/.test(key) ? isNumericKey(key, siren) : isLetterKey(key, siren);
}

function isNumericKey(key: string, siren: string): boolean {
  return Number(key) === (12 + 3 * (Number(siren) % 97)) % 97;
}

/** Keys with a letter are given to companies that are not established in France. */
function isLetterKey(key: string, siren: string): boolean {
  const first = KEY_ALPHABET.indexOf(key.charAt(0));
  const second = KEY_ALPHABET.indexOf(key.charAt(1));
  const rank = first < 10 ? first * 24 + second - 10 : first * 34 + second - 100;
  return (Number(siren) + 1 + Math.floor(rank / 11)) % 11 === rank % 11;
}
