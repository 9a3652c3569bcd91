/** In which countries a function may run, and how its record comes to say so. Pure, but for the nodes that are there. */
import {
  acceptedCountries,
  currentEntry,
  type FunctionCountries,
  type FunctionRecord,
  mayBeIn,
  onlyCountryOf,
  PROTOCOL_VERSION,
  SovfnError,
  type VersionEntry,
} from '@sovfn/protocol';
import type { GatewayContext } from '../../context.ts';

type Surroundings = Pick<GatewayContext, 'nodes' | 'labels'>;

/**
 * A version in a zone that the function had none in may run where nodes of the zone are now: its author knows them, or can. Without a
 * node, that is where this gateway is, through which its data goes.
 */
export function acceptFirstCountries(record: FunctionRecord, { nodes, labels }: Surroundings): FunctionRecord {
  const first = zonesToNote(record).map((zone) => {
    const there = countriesThere(nodes, zone);
    return [zone, there.length === 0 ? [labels.country] : there] as const;
  });
  return withCountries(record, first);
}

/** As `acceptFirstCountries`, of a record of before countries were accepted; a zone without a node is left to a later time. */
export function noteCountries(record: FunctionRecord, { nodes }: Pick<GatewayContext, 'nodes'>): FunctionRecord {
  const there = zonesToNote(record).map((zone) => [zone, countriesThere(nodes, zone)] as const);
  return withCountries(
    record,
    there.filter(([, countries]) => countries.length > 0),
  );
}

/** The function may run in the country too, whichever of its versions. Throws `bad-request` when that means nothing. */
export function acceptCountry(record: FunctionRecord, country: string, surroundings: Surroundings): FunctionRecord {
  const zones = zonesOfSeveral(record).filter(({ zone, namedZone }) => mayBeIn(country, zone, namedZone ?? null));
  if (zones.length === 0) {
    throw new SovfnError('bad-request', `"${record.name}" has no version whose zone could get a node in ${country}`, {
      hint: 'In a zone of one country nothing is to be accepted: sovfn countries list shows the others.',
    });
  }
  const noted = acceptFirstCountries(record, surroundings);
  const accepted = zones.flatMap(({ zone }) => {
    const before = noted.countries?.[zone] ?? [];
    return before.includes(country) ? [] : [[zone, [...before, country].toSorted()] as const];
  });
  return withCountries(noted, accepted);
}

/**
 * The function may run in the country no more, whichever of its versions. Throws `bad-request` where it was not accepted, and where
 * the function would have no country left.
 */
export function withdrawCountry(record: FunctionRecord, country: string): FunctionRecord {
  const noted = Object.entries(record.countries ?? {}).filter(([, accepted]) => accepted.includes(country));
  if (noted.length === 0) {
    throw new SovfnError('bad-request', `"${record.name}" has not accepted ${country}: there is nothing to withdraw`, {
      hint: 'sovfn countries list shows where functions run. Zones of one country are left by deploying into another zone.',
    });
  }
  const only = noted.find(([, accepted]) => accepted.length === 1);
  if (only !== undefined) {
    throw new SovfnError('bad-request', `"${record.name}" runs in ${country} only, in zone "${only[0]}"`, {
      hint: 'Accept another country first, or delete the function.',
    });
  }
  return withCountries(
    record,
    noted.map(([zone, accepted]) => [zone, accepted.filter((one) => one !== country)] as const),
  );
}

/** Of the current version. */
export function describeCountries(record: FunctionRecord, { nodes }: Pick<GatewayContext, 'nodes'>): FunctionCountries {
  const { facts } = currentEntry(record);
  const { zone } = facts;
  const there = countriesThere(nodes, zone);
  const accepted = acceptedCountries(record, facts) ?? there;
  const waiting = there.filter((country) => !accepted.includes(country));
  return { v: PROTOCOL_VERSION, function: record.name, zone, accepted: [...accepted], waiting };
}

/** Also of nodes that take no calls for a while. */
function countriesThere(nodes: GatewayContext['nodes'], zone: string): string[] {
  const there = nodes.all().filter(({ zones }) => zones.includes(zone));
  return [...new Set(there.map(({ labels }) => labels.labels.country))].toSorted();
}

/** Of the zones that can be in several countries, those of which the record does not say in which ones. */
function zonesToNote(record: FunctionRecord): string[] {
  const zones = zonesOfSeveral(record).map(({ zone }) => zone);
  return zones.filter((zone) => record.countries?.[zone] === undefined);
}

function zonesOfSeveral({ versions }: FunctionRecord): VersionEntry['facts'][] {
  const byZone = new Map(versions.map(({ facts }) => [facts.zone, facts]));
  return [...byZone.values()].filter(({ zone, namedZone }) => onlyCountryOf(zone, namedZone ?? null) === null);
}

/** The same record when there is nothing to change. */
function withCountries(
  record: FunctionRecord,
  changed: readonly (readonly [zone: string, countries: string[]])[],
): FunctionRecord {
  if (changed.length === 0) return record;
  return { ...record, countries: { ...record.countries, ...Object.fromEntries(changed) } };
}
