import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson, readableJson } from './canonical-json.ts';
import { assertLabelsSigned, issueLabels } from './check-labels.ts';
import { zonesOf } from './labels.ts';
import { type Place, placeSchema } from './place.ts';
import { isExactBase64url, isSignedBy, publicKeyText, signDocument } from './signing.ts';

const PLACE: Place = {
  country: 'FR',
  region: 'fr-idf',
  city: 'Paris',
  operator: 'Exemple SAS',
  provider: null,
  legalSeat: 'FR',
  certs: ['SecNumCloud'],
  basis: 'declared',
};

test('labels satisfy the zone of their country, of their region and, for its members, of the Union', () => {
  expect(zonesOf(PLACE)).toEqual(['fr', 'fr-idf', 'eu']);
  expect(zonesOf({ country: 'DE', region: null })).toEqual(['de', 'eu']);
  expect(zonesOf({ country: 'CH', region: null })).toEqual(['ch']);
  expect(zonesOf({ country: 'US', region: 'us-va' })).toEqual(['us', 'us-va']);
});

test('a region of another country is no label', () => {
  expect(placeSchema.safeParse({ ...PLACE, country: 'DE' }).success).toBe(false);
});

test('canonical JSON is the same whatever order the keys came in, and reads back as what it was', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ unit: 'grapheme' }), fc.oneof(fc.maxSafeInteger(), fc.boolean())),
      (value) => {
        const safe = Object.fromEntries(Object.entries(value).filter(([, member]) => !Object.is(member, -0)));
        const text = canonicalJson(safe);
        expect(canonicalJson(Object.fromEntries(Object.entries(safe).toReversed()))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(safe)));
      },
    ),
  );
  expect(canonicalJson({ b: [1, null, 'é\n'], a: { d: true, c: '' } })).toBe(
    '{"a":{"c":"","d":true},"b":[1,null,"é\\n"]}',
  );
  expect(() => canonicalJson(0.5)).toThrow('no safe integer');
  expect(readableJson({ b: 1, a: [] })).toBe('{\n  "a": [],\n  "b": 1\n}\n');
});

test('base64url is taken in one spelling only', () => {
  expect(isExactBase64url('AA')).toBe(true);
  expect(isExactBase64url('AB')).toBe(false);
  expect(isExactBase64url('AA==')).toBe(false);
});

test('a signature is one for its document, its kind and its key, and no character of it is free', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const publicKey = publicKeyText(privateKey);
  const other = publicKeyText(generateKeyPairSync('ed25519').publicKey);
  const jws = signDocument('sovfn-labels', { a: 1 }, privateKey, publicKey);
  expect(isSignedBy('sovfn-labels', { a: 1 }, jws, publicKey)).toBe(true);
  expect(isSignedBy('sovfn-labels', { a: 2 }, jws, publicKey)).toBe(false);
  expect(isSignedBy('sovfn-receipts', { a: 1 }, jws, publicKey)).toBe(false);
  expect(isSignedBy('sovfn-labels', { a: 1 }, jws, other)).toBe(false);
  for (let at = 0; at < jws.length; at++) {
    for (const to of ['A', 'B', 'Q', '_']) {
      const altered = jws.slice(0, at) + to + jws.slice(at + 1);
      if (altered !== jws) expect([at, isSignedBy('sovfn-labels', { a: 1 }, altered, publicKey)]).toEqual([at, false]);
    }
  }
});

test('labels that the platform signed are believed until any of them is changed', () => {
  const { privateKey: platformKey } = generateKeyPairSync('ed25519');
  const platformPublicKey = publicKeyText(platformKey);
  const publicKey = publicKeyText(generateKeyPairSync('ed25519').publicKey);
  const period = { issuedAt: new Date(0), expiresAt: new Date(1_000) };
  const signed = issueLabels({ role: 'node', name: 'node-1', publicKey }, PLACE, {
    platformKey,
    platformPublicKey,
    ...period,
  });
  assertLabelsSigned(signed, platformPublicKey);
  for (const change of [
    { city: 'Lyon' },
    { legalSeat: 'US' },
    { name: 'node-2' },
    { expiresAt: '2100-01-01T00:00:00Z' },
    { certs: [] },
  ]) {
    expect(() => assertLabelsSigned({ ...signed, labels: { ...signed.labels, ...change } }, platformPublicKey)).toThrow(
      'do not carry a signature',
    );
  }
});
