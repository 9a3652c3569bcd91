/** Where an object store is, as its operator states it: what belongs to a zone may lie there only if it is in the zone. */
import { z } from 'zod';
import { nameSchema } from '../names.ts';
import { zonesOf } from './labels.ts';
import { countrySchema, isRegionOf, regionSchema } from './place.ts';

export const storePlaceSchema = z
  .strictObject({
    country: countrySchema,
    region: regionSchema.nullable().default(null),
    /** Names of the named zones that it is in. */
    namedZones: z.array(nameSchema).exactOptional(),
  })
  .refine(isRegionOf, { message: 'must be a region of the country', path: ['region'] });
export type StorePlace = z.output<typeof storePlaceSchema>;

/** The zones that the store is in. */
export function zonesOfStore({ namedZones = [], ...place }: StorePlace): string[] {
  return zonesOf(
    place,
    namedZones.map((name) => ({ name })),
  );
}

/** Why nothing of the zone may be kept in the store; null: it may. */
export function storeOutsideOf(zone: string, place: StorePlace): string | null {
  if (zonesOfStore(place).includes(zone)) return null;
  return `the object store is in ${place.region ?? place.country}, which is not in zone "${zone}"`;
}
