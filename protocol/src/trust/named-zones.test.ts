import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { issueLabels } from './check-labels.ts';
import { labelsSchema, signedLabelsSchema } from './labels.ts';
import { defineZone, outsideOfZone, satisfiesZone } from './named-zones.ts';
import type { Place } from './place.ts';
import { publicKeyText } from './signing.ts';
import { storeOutsideOf } from './store-place.ts';

const PARIS: Place = {
  country: 'FR',
  region: 'fr-idf',
  city: null,
  operator: 'Exemple, SAS',
  provider: null,
  legalSeat: 'FR',
  certs: ['HDS', 'SecNumCloud'],
  basis: 'declared',
};
const SECNUM = defineZone('secnum', { countries: ['FR', 'DE'], certs: ['SecNumCloud', 'HDS'] });

test('a machine is in a zone when its labels satisfy everything that the zone asks for', () => {
  expect(outsideOfZone(PARIS, SECNUM)).toBeNull();
  expect(satisfiesZone({ ...PARIS, country: 'DE', region: null }, SECNUM)).toBe(true);
  const zones = { regions: ['fr-idf'], operators: ['Exemple, SAS'], legalSeats: ['FR'] };
  expect(satisfiesZone(PARIS, defineZone('everything', zones))).toBe(true);
});

test.each([
  [{ country: 'US' }, 'its labels say of country: US'],
  [{ certs: ['HDS'] }, 'its labels say of certifications: HDS'],
  [{ certs: [] }, 'its labels say of certifications: not declared'],
  [{ basis: 'assumed' }, 'its labels say of basis of its country: assumed'],
] as const)('a machine with %o is outside', (change, reason) => {
  expect(
    outsideOfZone({ ...PARIS, ...change, certs: [...((change as Partial<Place>).certs ?? PARIS.certs)] }, SECNUM),
  ).toBe(reason);
});

test('what nobody has stated satisfies nothing', () => {
  const silent = { ...PARIS, region: null, operator: null, legalSeat: null };
  for (const asked of [{ regions: ['fr-idf'] }, { operators: ['Exemple, SAS'] }, { legalSeats: ['FR'] }]) {
    expect(satisfiesZone(silent, defineZone('some-zone', asked))).toBe(false);
    expect(satisfiesZone(PARIS, defineZone('some-zone', asked))).toBe(true);
  }
});

test('a zone has no name that a country, a region or the Union could have, and asks for something', () => {
  for (const name of ['fr', 'eu', 'xx', 'fr-idf', 'us-va', 'a.b', 'A', '']) {
    expect(() => defineZone(name, { countries: ['FR'] }), name).toThrow();
  }
  for (const name of ['secnum', 'fr-secnum', 'hds']) expect(defineZone(name, { countries: ['FR'] }).name).toBe(name);
  expect(() => defineZone('anything', {})).toThrow('must ask for something');
});

test('a definition has one spelling', () => {
  expect(defineZone('secnum', { certs: ['HDS', 'SecNumCloud', 'HDS'], countries: ['DE', 'FR'] })).toEqual(SECNUM);
});

test('labels carry the definitions that they satisfy, and none else can be read from them', () => {
  const { privateKey: platformKey } = generateKeyPairSync('ed25519');
  const platformPublicKey = publicKeyText(platformKey);
  const period = { issuedAt: new Date(0), expiresAt: new Date(1_000) };
  const namedZones = [SECNUM, defineZone('swiss', { countries: ['CH'] })];
  const request = { role: 'node', name: 'node-1', publicKey: publicKeyText(platformKey) } as const;
  const signed = issueLabels(request, PARIS, { platformKey, platformPublicKey, namedZones, ...period });
  expect(signedLabelsSchema.parse(signed)).toEqual(signed);
  expect(signed.labels).toMatchObject({ zones: ['fr', 'fr-idf', 'eu', 'secnum'], namedZones: [SECNUM] });
  const { labels } = signed;
  for (const change of [{ certs: [] }, { zones: ['fr', 'fr-idf', 'eu'] }, { namedZones: [...namedZones] }]) {
    expect(labelsSchema.safeParse({ ...labels, ...change }).success).toBe(false);
  }
  const without = issueLabels(
    request,
    { ...PARIS, certs: [] },
    { platformKey, platformPublicKey, namedZones, ...period },
  );
  expect(without.labels.zones).toEqual(['fr', 'fr-idf', 'eu']);
  expect('namedZones' in without.labels).toBe(false);
});

test('nothing of a named zone is kept in a store of which nobody says that it is in the zone', () => {
  const place = { country: 'FR', region: null };
  expect(storeOutsideOf('secnum', place)).toBe('the object store is in FR, which is not in zone "secnum"');
  expect(storeOutsideOf('secnum', { ...place, namedZones: ['secnum'] })).toBeNull();
});
