/** Senders that send what they know instead of signing: HTTP Basic (RFC 7617) and bearer tokens (RFC 6750). */
import { genuine, malformedHeader, missingHeader, refused, type Scheme, type Unusable } from '../scheme.ts';
import { decode, isOneOf } from '../signatures.ts';

const HEADER = 'authorization';
const BASIC = /^Basic +([A-Za-z0-9+/=]+)$/i;
const BEARER = /^Bearer +([\x21-\x7e]+)$/i;
const UNUSABLE_BASIC: Unusable = { verdict: 'unusable', rule: 'must be <user>:<password>' };

/** The secret is `user:password`. */
export const basic: Scheme = {
  credentialHeaders: [HEADER],
  verify({ headers }, { secrets }) {
    const usable = secrets.filter((secret) => secret.includes(':'));
    if (usable.length === 0) return UNUSABLE_BASIC;
    const header = headers[HEADER];
    if (header === undefined) return missingHeader(HEADER);
    const given = decode(BASIC.exec(header)?.[1] ?? '', 'base64');
    if (given === null) return malformedHeader(HEADER, 'Basic <base64>');
    return isOneOf(usable, given) ? genuine({}) : refused('credentials', "user and password are not this webhook's");
  },
  sign: ({ secret }) =>
    secret.includes(':') ? { [HEADER]: `Basic ${Buffer.from(secret).toString('base64')}` } : UNUSABLE_BASIC,
};

export const bearer: Scheme = {
  credentialHeaders: [HEADER],
  verify({ headers }, { secrets }) {
    const header = headers[HEADER];
    if (header === undefined) return missingHeader(HEADER);
    const given = BEARER.exec(header)?.[1];
    if (given === undefined) return malformedHeader(HEADER, 'Bearer <token>');
    return isOneOf(secrets, given) ? genuine({}) : refused('credentials', "the token is not this webhook's");
  },
  sign: ({ secret }) => ({ [HEADER]: `Bearer ${secret}` }),
};

/** Anybody may post. */
export const unverified: Scheme = {
  credentialHeaders: [],
  verify: () => genuine({}),
  sign: () => ({}),
};
