/** The dictionary JsonWebKey, read as WebIDL reads it. */
import { type Dictionary, dictionary, domString, sequence } from '../core/webidl.guest.ts';

const STRINGS = 'kty use alg crv x y d n e p q dp dq qi k pub priv'.split(' ');
const PRIME_STRINGS = ['r', 'd', 't'];

/** Throws TypeError when it is no object, or a member cannot be converted. */
export function readJsonWebKey(value: unknown): Record<string, unknown> {
  const given = dictionary(value, 'keyData');
  const key = readStrings(given, STRINGS);
  if (given['ext'] !== undefined) key['ext'] = Boolean(given['ext']);
  if (given['key_ops'] !== undefined) key['key_ops'] = sequence(given['key_ops'], domString, 'key_ops');
  if (given['oth'] !== undefined) {
    key['oth'] = sequence(given['oth'], (prime) => readStrings(dictionary(prime, 'oth'), PRIME_STRINGS), 'oth');
  }
  return key;
}

function readStrings(given: Dictionary, names: readonly string[]): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  for (let i = 0; i < names.length; i++) {
    const value = given[names[i]!];
    if (value !== undefined) read[names[i]!] = domString(value);
  }
  return read;
}
