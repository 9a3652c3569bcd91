import { subtle as nodeSubtle, type webcrypto } from 'node:crypto';
import { expect, test } from 'vitest';
import { inGuestWithHost } from './harness.ts';

const TEXT = `const text = new TextEncoder(); const hex = (bytes) => new Uint8Array(bytes).toHex();
const unhex = (digits) => Uint8Array.fromHex(digits);`;

const run = (code: string): Promise<unknown> => inGuestWithHost(`${TEXT}\n${code}`);

/** What `code` rejects with in a guest: name, and whether it is a DOMException. */
const rejection = (code: string): Promise<unknown> =>
  run(`try { ${code} } catch (error) { return [error.name, error instanceof DOMException]; } return 'nothing';`);

test('digests are those of FIPS 180-4 and FIPS 202', async () => {
  const digests = await run(`const data = text.encode('abc');
    const all = {};
    for (const name of ['SHA-1', 'sha-256', 'SHA-384', 'SHA-512', 'SHA3-256']) all[name] = hex(await crypto.subtle.digest({ name }, data));
    return all;`);
  expect(digests).toEqual({
    'SHA-1': 'a9993e364706816aba3e25717850c26c9cd0d89d',
    'sha-256': 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    'SHA-384': 'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7',
    'SHA-512':
      'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
    'SHA3-256': '3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532',
  });
});

test('HMAC gives the tags of RFC 4231, and verifies them', async () => {
  const result =
    await run(`const key = await crypto.subtle.importKey('raw', text.encode('Jefe'), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
    const data = text.encode('what do ya want for nothing?');
    const tag = await crypto.subtle.sign('HMAC', key, data);
    return [hex(tag), await crypto.subtle.verify('HMAC', key, tag, data), await crypto.subtle.verify('HMAC', key, tag, text.encode('other'))];`);
  expect(result).toEqual(['5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843', true, false]);
});

test('AES-GCM gives the ciphertext of the GCM specification (test case 4)', async () => {
  const result =
    await run(`const key = await crypto.subtle.importKey('raw', unhex('feffe9928665731c6d6a8f9467308308'), 'AES-GCM', false, ['encrypt', 'decrypt']);
    const algorithm = { name: 'AES-GCM', iv: unhex('cafebabefacedbaddecaf888'), additionalData: unhex('feedfacedeadbeeffeedfacedeadbeefabaddad2') };
    const plain = unhex('d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39');
    const sealed = await crypto.subtle.encrypt(algorithm, key, plain);
    const opened = await crypto.subtle.decrypt(algorithm, key, sealed);
    return [hex(sealed), hex(opened) === hex(plain)];`);
  expect(result).toEqual([
    '42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091' +
      '5bc94fbc3221a5db94fae95ae7121a47',
    true,
  ]);
});

test('AES-CBC, AES-CTR and AES-KW give what NIST SP 800-38A and RFC 3394 give', async () => {
  const result = await run(`const bytes = unhex('2b7e151628aed2a6abf7158809cf4f3c');
    const plain = unhex('6bc1bee22e409f96e93d7e117393172a');
    const cbc = await crypto.subtle.importKey('raw', bytes, 'AES-CBC', false, ['encrypt']);
    const ctr = await crypto.subtle.importKey('raw', bytes, 'AES-CTR', false, ['encrypt']);
    const kek = await crypto.subtle.importKey('raw', unhex('000102030405060708090a0b0c0d0e0f'), 'AES-KW', false, ['wrapKey']);
    const inner = await crypto.subtle.importKey('raw', unhex('00112233445566778899aabbccddeeff'), 'AES-GCM', true, ['encrypt']);
    return [
      hex(await crypto.subtle.encrypt({ name: 'AES-CBC', iv: unhex('000102030405060708090a0b0c0d0e0f') }, cbc, plain)).slice(0, 32),
      hex(await crypto.subtle.encrypt({ name: 'AES-CTR', counter: unhex('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff'), length: 64 }, ctr, plain)),
      hex(await crypto.subtle.wrapKey('raw', inner, kek, 'AES-KW')),
    ];`);
  expect(result).toEqual([
    '7649abac8119b246cee98e9b12e9197d',
    '874d6191b620e3261bef6864990db6ce',
    '1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5',
  ]);
});

test('HKDF and PBKDF2 give what RFC 5869 and RFC 7914 give', async () => {
  const result =
    await run(`const ikm = await crypto.subtle.importKey('raw', unhex('0b'.repeat(22)), 'HKDF', false, ['deriveBits']);
    const okm = await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt: unhex('000102030405060708090a0b0c'), info: unhex('f0f1f2f3f4f5f6f7f8f9') }, ikm, 336);
    const password = await crypto.subtle.importKey('raw', text.encode('passwd'), 'PBKDF2', false, ['deriveBits', 'deriveKey']);
    const algorithm = { name: 'PBKDF2', hash: 'SHA-256', salt: text.encode('salt'), iterations: 1 };
    const derived = await crypto.subtle.deriveKey(algorithm, password, { name: 'AES-GCM', length: 256 }, true, ['encrypt']);
    return [hex(okm), hex(await crypto.subtle.deriveBits(algorithm, password, 512)), hex(await crypto.subtle.exportKey('raw', derived))];`);
  const pbkdf2 =
    '55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbcade4f1c8' + 'f7e1a0fa6b6a5a4a5d8c5f2b';
  const [okm, bits, key] = result as string[];
  expect(okm).toBe('3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865');
  expect(bits!.slice(0, 64)).toBe(pbkdf2.slice(0, 64));
  expect(key).toBe(bits!.slice(0, 64));
});

test('Ed25519 gives the signature of RFC 8032 (test 2), and ECDSA, RSA and Ed448 verify what they sign', async () => {
  const result = await run(`const seed = unhex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb');
    const prefix = unhex('302e020100300506032b657004220420');
    const pkcs8 = new Uint8Array([...prefix, ...seed]);
    const key = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', false, ['sign']);
    const signature = hex(await crypto.subtle.sign('Ed25519', key, unhex('72')));
    const verified = {};
    const data = text.encode('message');
    for (const [generate, use] of [
      ['Ed448', 'Ed448'],
      [{ name: 'ECDSA', namedCurve: 'P-256' }, { name: 'ECDSA', hash: 'SHA-256' }],
      [{ name: 'ECDSA', namedCurve: 'P-521' }, { name: 'ECDSA', hash: 'SHA-512' }],
      [{ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }, 'RSASSA-PKCS1-v1_5'],
      [{ name: 'RSA-PSS', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }, { name: 'RSA-PSS', saltLength: 32 }],
    ]) {
      const { privateKey, publicKey } = await crypto.subtle.generateKey(generate, true, ['sign', 'verify']);
      const spki = await crypto.subtle.importKey('jwk', await crypto.subtle.exportKey('jwk', publicKey), generate, true, ['verify']);
      const own = await crypto.subtle.sign(use, privateKey, data);
      verified[JSON.stringify(use)] = await crypto.subtle.verify(use, spki, own, data);
    }
    return { signature, verified };`);
  expect(result).toEqual({
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    verified: {
      '"Ed448"': true,
      '{"name":"ECDSA","hash":"SHA-256"}': true,
      '{"name":"ECDSA","hash":"SHA-512"}': true,
      '"RSASSA-PKCS1-v1_5"': true,
      '{"name":"RSA-PSS","saltLength":32}': true,
    },
  });
});

test('ECDH and X25519 agree with keys of another implementation', async () => {
  const pair = (await nodeSubtle.generateKey('X25519', true, ['deriveBits'])) as webcrypto.CryptoKeyPair;
  const theirs = Buffer.from(await nodeSubtle.exportKey('raw', pair.publicKey)).toString('hex');
  const { mine, secret } = (await run(`
    const their = await crypto.subtle.importKey('raw', unhex('${theirs}'), 'X25519', false, []);
    const own = await crypto.subtle.generateKey('X25519', false, ['deriveBits']);
    const p256 = { name: 'ECDH', namedCurve: 'P-256' };
    const [left, right] = [await crypto.subtle.generateKey(p256, false, ['deriveKey']), await crypto.subtle.generateKey(p256, false, ['deriveKey'])];
    const derive = (a, b) => crypto.subtle.deriveKey({ name: 'ECDH', public: b.publicKey }, a.privateKey, { name: 'AES-GCM', length: 256 }, true, ['encrypt']);
    const [one, two] = [await derive(left, right), await derive(right, left)];
    if (hex(await crypto.subtle.exportKey('raw', one)) !== hex(await crypto.subtle.exportKey('raw', two))) throw new Error('ECDH differs');
    return { mine: hex(await crypto.subtle.exportKey('raw', own.publicKey)),
      secret: hex(await crypto.subtle.deriveBits({ name: 'X25519', public: their }, own.privateKey, 256)) };`)) as Record<
    string,
    string
  >;
  const key = await nodeSubtle.importKey('raw', Buffer.from(mine!, 'hex'), 'X25519', false, []);
  const bits = await nodeSubtle.deriveBits({ name: 'X25519', public: key }, pair.privateKey, 256);
  expect(Buffer.from(bits).toString('hex')).toBe(secret);
});

test('RSA-OAEP opens what it sealed, and unwraps keys in every format', async () => {
  expect(
    await run(`const rsa = { name: 'RSA-OAEP', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
    const { publicKey, privateKey } = await crypto.subtle.generateKey(rsa, false, ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey']);
    const label = text.encode('label');
    const sealed = await crypto.subtle.encrypt({ name: 'RSA-OAEP', label }, publicKey, text.encode('secret'));
    const opened = new TextDecoder().decode(await crypto.subtle.decrypt({ name: 'RSA-OAEP', label }, privateKey, sealed));
    const aes = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 128 }, true, ['encrypt']);
    const formats = [];
    for (const format of ['raw', 'jwk']) {
      const wrapped = await crypto.subtle.wrapKey(format, aes, publicKey, 'RSA-OAEP');
      const unwrapped = await crypto.subtle.unwrapKey(format, wrapped, privateKey, 'RSA-OAEP', 'AES-GCM', true, ['encrypt']);
      formats.push(hex(await crypto.subtle.exportKey('raw', unwrapped)) === hex(await crypto.subtle.exportKey('raw', aes)));
    }
    return [opened, formats, rsa.publicExponent.length, Array.from(publicKey.algorithm.publicExponent), publicKey.algorithm.hash.name];`),
  ).toEqual(['secret', [true, true], 3, [1, 0, 1], 'SHA-256']);
});

test('the newer algorithms of Node work: ML-KEM, ML-DSA, ChaCha20-Poly1305, Argon2id, KMAC, cSHAKE', async () => {
  expect(
    await run(`const data = text.encode('data');
    const kem = await crypto.subtle.generateKey('ML-KEM-768', false, ['encapsulateBits', 'decapsulateBits', 'encapsulateKey', 'decapsulateKey']);
    const { ciphertext, sharedKey } = await crypto.subtle.encapsulateBits('ML-KEM-768', kem.publicKey);
    const again = await crypto.subtle.decapsulateBits('ML-KEM-768', kem.privateKey, ciphertext);
    const shared = await crypto.subtle.encapsulateKey('ML-KEM-768', kem.publicKey, { name: 'AES-GCM' }, true, ['encrypt']);
    const dsa = await crypto.subtle.generateKey('ML-DSA-44', false, ['sign', 'verify']);
    const signature = await crypto.subtle.sign('ML-DSA-44', dsa.privateKey, data);
    const chacha = await crypto.subtle.generateKey('ChaCha20-Poly1305', true, ['encrypt', 'decrypt']);
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt({ name: 'ChaCha20-Poly1305', iv }, chacha, data);
    const password = await crypto.subtle.importKey('raw-secret', data, 'Argon2id', false, ['deriveBits']);
    const argon = await crypto.subtle.deriveBits({ name: 'Argon2id', nonce: new Uint8Array(16), parallelism: 1, memory: 1024, passes: 2 }, password, 256);
    const kmac = await crypto.subtle.generateKey({ name: 'KMAC128' }, false, ['sign']);
    return [
      hex(sharedKey) === hex(again), shared.sharedKey.algorithm.name, shared.ciphertext.byteLength,
      await crypto.subtle.verify('ML-DSA-44', dsa.publicKey, signature, data),
      new TextDecoder().decode(await crypto.subtle.decrypt({ name: 'ChaCha20-Poly1305', iv }, chacha, sealed)),
      argon.byteLength,
      (await crypto.subtle.sign({ name: 'KMAC128', outputLength: 256 }, kmac, data)).byteLength,
      hex(await crypto.subtle.digest({ name: 'cSHAKE128', outputLength: 128 }, new Uint8Array(0))),
      (await crypto.subtle.getPublicKey(dsa.privateKey, ['verify'])).type,
    ];`),
  ).toEqual([true, 'AES-GCM', 1088, true, 'data', 32, 32, '7f9c2ba4e88f827d616045507605853e', 'public']);
});

test('a key that is not extractable is opaque: it shows what it is for, and nothing exports it', async () => {
  expect(
    await run(`const key = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    let error;
    try { await crypto.subtle.exportKey('raw', key); } catch (caught) { error = caught; }
    return [Reflect.ownKeys(key), key.type, key.extractable, key.algorithm, key.usages, error.name, error instanceof DOMException,
      Object.prototype.toString.call(key), key.algorithm === key.algorithm, JSON.stringify(key)];`),
  ).toEqual([
    [],
    'secret',
    false,
    { name: 'HMAC', length: 512, hash: { name: 'SHA-256' } },
    ['sign'],
    'InvalidAccessError',
    true,
    '[object CryptoKey]',
    true,
    '{}',
  ]);
});

test.each([
  ['an unknown algorithm', `await crypto.subtle.digest('MD5', new Uint8Array(1))`, 'NotSupportedError', true],
  ['an algorithm for another use', `await crypto.subtle.digest('HMAC', new Uint8Array(1))`, 'NotSupportedError', true],
  ['an algorithm without a name', `await crypto.subtle.digest({}, new Uint8Array(1))`, 'TypeError', false],
  ['data that is no buffer', `await crypto.subtle.digest('SHA-256', 'text')`, 'TypeError', false],
  ['too few arguments', `await crypto.subtle.digest('SHA-256')`, 'TypeError', false],
  ['another this', `await crypto.subtle.digest.call({}, 'SHA-256', new Uint8Array(1))`, 'TypeError', false],
  [
    'something that only looks like a key',
    `await crypto.subtle.exportKey('raw', Object.create(CryptoKey.prototype))`,
    'TypeError',
    false,
  ],
  [
    'an unknown format',
    `await crypto.subtle.importKey('pem', new Uint8Array(1), 'HKDF', false, ['deriveBits'])`,
    'TypeError',
    false,
  ],
  [
    'an unknown usage',
    `await crypto.subtle.importKey('raw', new Uint8Array(1), 'HKDF', false, ['fly'])`,
    'TypeError',
    false,
  ],
  [
    'a usage that does not fit',
    `await crypto.subtle.importKey('raw', new Uint8Array(16), 'AES-GCM', false, ['sign'])`,
    'SyntaxError',
    true,
  ],
  ['no usages', `await crypto.subtle.generateKey({ name: 'AES-GCM', length: 128 }, false, [])`, 'SyntaxError', true],
  [
    'key data of the wrong length',
    `await crypto.subtle.importKey('raw', new Uint8Array(5), 'AES-GCM', false, ['encrypt'])`,
    'DataError',
    true,
  ],
  [
    'a JSON Web Key of another kind',
    `await crypto.subtle.importKey('jwk', { kty: 'RSA' }, 'AES-GCM', false, ['encrypt'])`,
    'DataError',
    true,
  ],
  [
    'bytes as a JSON Web Key',
    `await crypto.subtle.importKey('jwk', new Uint8Array(5), 'AES-GCM', false, ['encrypt'])`,
    'TypeError',
    false,
  ],
  [
    'a key of another algorithm',
    `const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 128 }, false, ['encrypt']);
     await crypto.subtle.encrypt({ name: 'AES-CBC', iv: new Uint8Array(16) }, key, new Uint8Array(1))`,
    'InvalidAccessError',
    true,
  ],
  [
    'a forged ciphertext',
    `const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 128 }, false, ['decrypt']);
     await crypto.subtle.decrypt({ name: 'AES-GCM', iv: new Uint8Array(12) }, key, new Uint8Array(32))`,
    'OperationError',
    true,
  ],
  [
    'an integer out of range',
    `await crypto.subtle.generateKey({ name: 'AES-GCM', length: 2 ** 40 }, false, ['encrypt'])`,
    'TypeError',
    false,
  ],
])('%s is the error of the specification', async (_what, code, name, isDomException) => {
  expect(await rejection(code)).toEqual([name, isDomException]);
});

test.each([
  [
    'PBKDF2 of many iterations',
    `const key = await crypto.subtle.importKey('raw', new Uint8Array(8), 'PBKDF2', false, ['deriveBits']);
    await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt: new Uint8Array(8), iterations: 4_000_000_000 }, key, 256);`,
  ],
  [
    'RSA keys of 16,384 bits',
    `await crypto.subtle.generateKey({ name: 'RSA-PSS', hash: 'SHA-256', modulusLength: 16384, publicExponent: new Uint8Array([1, 0, 1]) }, false, ['sign'])`,
  ],
  [
    'Argon2 over a gigabyte',
    `const key = await crypto.subtle.importKey('raw-secret', new Uint8Array(8), 'Argon2id', false, ['deriveBits']);
    await crypto.subtle.deriveBits({ name: 'Argon2id', nonce: new Uint8Array(16), parallelism: 1, memory: 1_048_576, passes: 3 }, key, 256);`,
  ],
  [
    'a key of a megabyte',
    `await crypto.subtle.importKey('raw', new Uint8Array(2 ** 20), 'HKDF', false, ['deriveBits'])`,
  ],
])('%s is refused, because nothing can stop it once it runs', async (_what, code) => {
  expect(await rejection(code)).toEqual(['OperationError', true]);
});

test('keys that the code has lost make room: an isolate can import far more than it may hold', async () => {
  expect(
    await run(`for (let i = 0; i < 6_000; i++) await crypto.subtle.importKey('raw', new Uint8Array(16), 'AES-GCM', false, ['encrypt']);
    return 'done';`),
  ).toBe('done');
});

test('random values fill integer arrays, and more than 65,536 bytes are a QuotaExceededError', async () => {
  expect(
    await run(`const array = crypto.getRandomValues(new Uint32Array(64));
    const errors = [];
    for (const wrong of [new Uint8Array(65_537), new Float32Array(1), {}]) {
      try { crypto.getRandomValues(wrong); } catch (error) { errors.push(error.name); }
    }
    return [array.some((value) => value > 0), errors, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID())];`),
  ).toEqual([true, ['QuotaExceededError', 'TypeMismatchError', 'TypeError'], true]);
});

test('timingSafeEqual compares bytes of equal length only', async () => {
  expect(
    await run(`const errors = [];
    try { crypto.subtle.timingSafeEqual(new Uint8Array(1), new Uint8Array(2)); } catch (error) { errors.push(error.name); }
    return [crypto.subtle.timingSafeEqual(text.encode('same'), text.encode('same')), crypto.subtle.timingSafeEqual(text.encode('same'), text.encode('some')), errors];`),
  ).toEqual([true, false, ['TypeError']]);
});

test('a clone of a key is a key for the same use', async () => {
  expect(
    await run(`const key = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
    const clone = structuredClone({ key }).key;
    const tag = await crypto.subtle.sign('HMAC', key, text.encode('data'));
    return [clone !== key, clone instanceof CryptoKey, clone.algorithm, await crypto.subtle.verify('HMAC', clone, tag, text.encode('data'))];`),
  ).toEqual([true, true, { name: 'HMAC', length: 512, hash: { name: 'SHA-256' } }, true]);
});
