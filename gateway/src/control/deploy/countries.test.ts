import {
  acceptedCountries,
  defineZone,
  firstRecord,
  functionConfigSchema,
  type FunctionRecord,
  type NamedZone,
} from '@sovfn/protocol';
import { expect, test } from 'vitest';
import { acceptCountry, acceptFirstCountries, describeCountries, noteCountries, withdrawCountry } from './countries.ts';

type Surroundings = Parameters<typeof acceptFirstCountries>[1];

/** Live nodes by country, all in the zone; the gateway is in FR. */
function there(zone: string, ...countries: string[]): Surroundings {
  const nodes = countries.map((country) => ({ zones: [zone], labels: { labels: { country } } }));
  return { nodes: { all: () => nodes }, labels: { country: 'FR' } } as unknown as Surroundings;
}

function record(residency: string, namedZone: NamedZone | null = null): FunctionRecord {
  const { $schema: _, ...config } = functionConfigSchema.parse({ name: 'ward', main: 'index.ts', residency });
  const manifest = { v: 1, config, bundleSha256: 'a'.repeat(64), bundleBytes: 1 } as const;
  return firstRecord({
    ...{ tenant: 'main', version: 'b'.repeat(64), manifest, namedZone },
    deployedAt: '2026-11-27T00:00:00.000Z',
  });
}

test('a first deploy accepts the countries of the nodes that are there; without a node, that of the gateway', () => {
  expect(acceptFirstCountries(record('eu'), there('eu', 'FR', 'DE')).countries).toEqual({ eu: ['DE', 'FR'] });
  expect(acceptFirstCountries(record('eu'), there('eu')).countries).toEqual({ eu: ['FR'] });
});

test('what a record says is not changed by a deploy, whichever nodes are there', () => {
  const known = acceptFirstCountries(record('eu'), there('eu', 'FR'));
  expect(acceptFirstCountries(known, there('eu', 'FR', 'DE'))).toBe(known);
  expect(describeCountries(known, there('eu', 'FR', 'DE'))).toMatchObject({ accepted: ['FR'], waiting: ['DE'] });
});

test('zones of one country note nothing and never ask; a named zone asks when it can be in several', () => {
  const single = [
    record('fr'),
    record('fr-idf'),
    record('health', defineZone('health', { countries: ['FR'], certs: ['HDS'] })),
    record('south', defineZone('south', { regions: ['fr-occ', 'fr-pac'] })),
  ];
  for (const one of single) {
    const { zone } = one.versions[0]!.facts;
    expect(acceptFirstCountries(one, there(zone, 'FR'))).toBe(one);
    expect(acceptedCountries(one, one.versions[0]!.facts)).toEqual(['FR']);
  }
  const certified = record('hds', defineZone('hds', { certs: ['HDS'] }));
  expect(acceptFirstCountries(certified, there('hds', 'FR')).countries).toEqual({ hds: ['FR'] });
});

test('a record of before gets the countries of the nodes that are there, and none while there is no node', () => {
  expect(noteCountries(record('eu'), there('eu', 'DE', 'FR')).countries).toEqual({ eu: ['DE', 'FR'] });
  const older = record('eu');
  expect(noteCountries(older, there('eu'))).toBe(older);
  expect(acceptedCountries(older, older.versions[0]!.facts)).toBe(null);
});

test('a country is accepted once, and only where the zone could be', () => {
  const known = acceptFirstCountries(record('eu'), there('eu', 'FR'));
  const more = acceptCountry(known, 'DE', there('eu', 'FR'));
  expect(more.countries).toEqual({ eu: ['DE', 'FR'] });
  expect(acceptCountry(more, 'DE', there('eu', 'FR'))).toBe(more);
  expect(() => acceptCountry(known, 'US', there('eu', 'FR'))).toThrow('could get a node in US');
  expect(() => acceptCountry(record('fr'), 'DE', there('fr', 'FR'))).toThrow('could get a node in DE');
});

test('a country is withdrawn where it was accepted, and never the last one', () => {
  const known = acceptFirstCountries(record('eu'), there('eu', 'FR', 'DE'));
  const less = withdrawCountry(known, 'DE');
  expect(describeCountries(less, there('eu', 'FR', 'DE'))).toMatchObject({ accepted: ['FR'], waiting: ['DE'] });
  expect(() => withdrawCountry(less, 'DE')).toThrow('"ward" has not accepted DE');
  expect(() => withdrawCountry(less, 'FR')).toThrow('"ward" runs in FR only, in zone "eu"');
});
