/**
 * Countries in which functions may run. A zone such as `eu` may get nodes in a country that it had none in; functions run there when
 * their tenant has accepted the country, and not before. JSON.
 */
import { z } from 'zod';
import type { FunctionRecord, VersionEntry } from './deploy.ts';
import { nameSchema } from './names.ts';
import { countrySchema } from './trust/place.ts';
import { onlyCountryOf } from './trust/zone-countries.ts';
import { PROTOCOL_VERSION } from './version.ts';

const version1 = z.literal(PROTOCOL_VERSION);

export const functionCountriesSchema = z.strictObject({
  v: version1,
  function: nameSchema,
  zone: nameSchema,
  /** Where it may run. */
  accepted: z.array(countrySchema),
  /** With nodes of its zone now, where it does not run. */
  waiting: z.array(countrySchema),
});
/** `PUT /v1/functions/{name}/countries/{country}` */
export type FunctionCountries = z.output<typeof functionCountriesSchema>;

/** `GET /v1/countries` */
export const countryListSchema = z.strictObject({ v: version1, functions: z.array(functionCountriesSchema) });
export type CountryList = z.output<typeof countryListSchema>;

/**
 * Where a version of the function may run: in a zone of one country, there. Null: the record was written before countries were
 * accepted, so the version goes on wherever its zone is.
 */
export function acceptedCountries(
  { countries }: Pick<FunctionRecord, 'countries'>,
  { zone, namedZone }: VersionEntry['facts'],
): readonly string[] | null {
  const only = onlyCountryOf(zone, namedZone ?? null);
  return only === null ? (countries?.[zone] ?? null) : [only];
}
