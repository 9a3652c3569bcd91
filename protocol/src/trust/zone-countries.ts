/** In which countries a zone can be. One that can be in several may get nodes in a further country, which tenants accept first. */
import { isDerivedZone, type NamedZone } from './named-zones.ts';
import { EU_COUNTRIES } from './place.ts';

const UNION = 'eu';

/** Null: in any. `definition`: of a named zone, else null. */
function countriesOf(zone: string, definition: NamedZone | null): ReadonlySet<string> | null {
  if (zone === UNION) return EU_COUNTRIES;
  if (isDerivedZone(zone)) return new Set([countryOf(zone)]);
  if (definition === null) return null;
  const { countries, regions } = definition;
  if (countries.length > 0) return new Set(countries);
  return regions.length > 0 ? new Set(regions.map(countryOf)) : null;
}

/** The one country that the zone can be in; null: there may be several. */
export function onlyCountryOf(zone: string, definition: NamedZone | null): string | null {
  const [country = null, ...more] = countriesOf(zone, definition) ?? [];
  return more.length === 0 ? country : null;
}

export function mayBeIn(country: string, zone: string, definition: NamedZone | null): boolean {
  return countriesOf(zone, definition)?.has(country) ?? true;
}

/** Of the name of a country or region as a zone: `fr`, `fr-idf`. */
const countryOf = (zone: string): string => zone.slice(0, 2).toUpperCase();
