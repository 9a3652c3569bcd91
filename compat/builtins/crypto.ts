import { Buffer } from 'node:buffer';
import * as crypto from 'node:crypto';
import { sampling, type Samples } from '../src/samples.ts';

const ALGORITHMS = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'SHA-256', 'RSA-SHA256', 'ripemd160'];

export const samples: Samples = {
  hashes: () =>
    ALGORITHMS.map((name) =>
      crypto
        .createHash(name)
        .update('abc')
        .update(Buffer.from([0, 255]))
        .digest('hex'),
    ),
  'encodings of digests': () =>
    (['hex', 'base64', 'base64url', 'latin1'] as const).map((encoding) =>
      crypto.createHash('sha256').update('é', 'latin1').digest(encoding),
    ),
  'a hash that goes on from a copy': () => {
    const hash = crypto.createHash('sha256').update('a');
    return [hash.copy().digest('hex'), hash.update('b').digest('hex'), crypto.hash('sha1', 'x')];
  },
  HMAC: () => ['md5', 'sha256', 'sha512'].map((name) => crypto.createHmac(name, 'key').update('data').digest('hex')),
  'a digest is taken once': () => {
    const hash = crypto.createHash('md5');
    hash.digest();
    return hash.digest();
  },
  'an algorithm that does not exist': () => {
    try {
      crypto.createHash('nope');
    } catch {
      return 'thrown';
    }
    return 'made';
  },
  'derived keys': async () => [
    crypto.pbkdf2Sync('password', 'salt', 10, 20, 'sha256').toString('hex'),
    crypto.scryptSync('password', 'salt', 16, { N: 16 }).toString('hex'),
    Buffer.from(crypto.hkdfSync('sha256', 'key', 'salt', 'info', 16)).toString('hex'),
    await new Promise((resolve) => crypto.pbkdf2('p', 's', 2, 8, 'sha1', (_, key) => resolve(key.toString('hex')))),
  ],
  'comparison in constant time': () => [
    crypto.timingSafeEqual(Buffer.from('ab'), Buffer.from('ab')),
    crypto.timingSafeEqual(Buffer.from('ab'), Buffer.from('ac')),
  ],
  'comparison of different lengths': () => crypto.timingSafeEqual(Buffer.from('a'), Buffer.from('ab')),
  'random values': async () => [
    crypto.randomBytes(70_000).length,
    await new Promise((resolve) => crypto.randomBytes(5, (_, bytes) => resolve(bytes.length))),
    /^[\da-f-]{36}$/.test(crypto.randomUUID()),
    Array.from({ length: 50 }, () => crypto.randomInt(3, 5)).every((value) => value === 3 || value === 4),
    crypto.getRandomValues(new Uint8Array(4)).length,
  ],
  'the Web Cryptography API': async () =>
    Buffer.from(await crypto.webcrypto.subtle.digest('SHA-256', Buffer.from('a'))).toString('hex'),
};

const handler = sampling(samples);
export { handler as default };
