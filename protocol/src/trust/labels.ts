/**
 * Labels: what the operator of a platform states about one node or gateway, signed with the platform's key. They decide which
 * zones it may serve. They are claims: a signature proves who stated them, not that they are true.
 */
import { z } from 'zod';
import { nameSchema } from '../names.ts';
import { PROTOCOL_VERSION } from '../version.ts';
import { MOST_NAMED_ZONES, type NamedZone, namedZoneSchema, satisfiesZone } from './named-zones.ts';
import { EU_COUNTRIES, type Place, placeSchema } from './place.ts';
import { base64url32Schema, detachedJwsSchema } from './signing.ts';

export const labelsSchema = z
  .strictObject({
    v: z.literal(PROTOCOL_VERSION),
    /** Key id of the platform's signing key. */
    platform: base64url32Schema,
    role: z.enum(['node', 'gateway']),
    name: nameSchema,
    /** Of the component itself: it alone has the private half. */
    publicKey: base64url32Schema,
    ...placeSchema.shape,
    /** What follows from country and region, and the names of the named zones. */
    zones: z.array(nameSchema).min(1),
    /** Definitions of the named zones that these labels satisfy; left out: there is none. */
    namedZones: z.array(namedZoneSchema).min(1).max(MOST_NAMED_ZONES).exactOptional(),
    issuedAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
  })
  .refine((labels) => zonesOf(labels, labels.namedZones).join() === labels.zones.join(), {
    message: 'must be those that follow from country and region, and the named ones',
    path: ['zones'],
  })
  .refine((labels) => (labels.namedZones ?? []).every((zone) => satisfiesZone(labels, zone)), {
    message: 'must be zones that the labels satisfy',
    path: ['namedZones'],
  });
export type Labels = z.output<typeof labelsSchema>;

export const signedLabelsSchema = z.strictObject({ labels: labelsSchema, signature: detachedJwsSchema });
export type SignedLabels = z.output<typeof signedLabelsSchema>;

/** The zones that labels satisfy: the country, the region, the European Union, and those of the named zones that they fulfil. */
export function zonesOf(
  place: Pick<Place, 'country' | 'region'>,
  /** Of the definitions, those that the place satisfies. */
  named: readonly Pick<NamedZone, 'name'>[] = [],
): string[] {
  const { country, region } = place;
  const zones = [country.toLowerCase()];
  if (region !== null) zones.push(region);
  if (EU_COUNTRIES.has(country)) zones.push('eu');
  return [...zones, ...named.map(({ name }) => name)];
}
