/** Where an object store is, as its operator states it: what belongs to a zone may lie there only if it is in the zone. */
import { z } from 'zod';
import { countrySchema, isRegionOf, regionSchema, zonesOf } from './labels.ts';

export const storePlaceSchema = z
  .strictObject({ country: countrySchema, region: regionSchema.nullable().default(null) })
  .refine(isRegionOf, { message: 'must be a region of the country', path: ['region'] });
export type StorePlace = z.output<typeof storePlaceSchema>;

/** Why nothing of the zone may be kept in the store; null: it may. */
export function storeOutsideOf(zone: string, place: StorePlace): string | null {
  if (zonesOf(place).includes(zone)) return null;
  return `the object store is in ${place.region ?? place.country}, which is not in zone "${zone}"`;
}
