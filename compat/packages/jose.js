import * as jose from 'jose';
import { checking, is } from '../src/claims.ts';

const secret = new TextEncoder().encode('cc7e0d44fd473002f1c42167459001140ec6389b7353f8088f4d9a95f2f596f2');

const signed = (algorithm, key) =>
  new jose.SignJWT({ 'urn:example:claim': true })
    .setProtectedHeader({ alg: algorithm })
    .setIssuer('issuer')
    .setExpirationTime('2h')
    .sign(key);

const roundTrip = (algorithm) => async () => {
  const { privateKey, publicKey } = await jose.generateKeyPair(algorithm);
  const { payload } = await jose.jwtVerify(await signed(algorithm, privateKey), publicKey, { issuer: 'issuer' });
  return is(payload['urn:example:claim'], true);
};

export const claims = {
  'signs and verifies a JWT with HS256': async () => {
    const { payload, protectedHeader } = await jose.jwtVerify(await signed('HS256', secret), secret, {
      issuer: 'issuer',
    });
    return is([payload['urn:example:claim'], protectedHeader.alg], [true, 'HS256']);
  },
  'signs and verifies with a pair of keys: RS256': roundTrip('RS256'),
  'signs and verifies with a pair of keys: ES256': roundTrip('ES256'),
  'signs and verifies with a pair of keys: EdDSA': roundTrip('EdDSA'),
  'refuses a JWT of another issuer': async () =>
    is(
      await jose.jwtVerify(await signed('HS256', secret), secret, { issuer: 'other' }).catch(({ code }) => code),
      'ERR_JWT_CLAIM_VALIDATION_FAILED',
    ),
  'encrypts and decrypts a JWT with dir and A256GCM': async () => {
    const key = jose.base64url.decode('zH4NRP1HMALxxCFnRZABFA7GOJtzU_gIj02alfL1lvI');
    const jwt = await new jose.EncryptJWT({ a: 1 }).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(key);
    return is((await jose.jwtDecrypt(jwt, key)).payload, { a: 1 });
  },
};

const handler = checking(claims);
export { handler as default };
