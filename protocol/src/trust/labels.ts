/**
 * Labels: what the operator of a platform states about one node or gateway, signed with the platform's key. They decide which
 * zones it may serve. They are claims: a signature proves who stated them, not that they are true.
 */
import { z } from 'zod';
import { nameSchema } from '../names.ts';
import { PROTOCOL_VERSION } from '../version.ts';
import { base64url32Schema, detachedJwsSchema } from './signing.ts';

/** Countries of the European Union (ISO 3166-1 alpha-2). */
export const EU_COUNTRIES: ReadonlySet<string> = new Set(
  'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'.split(' '),
);

/** One line of text that people wrote. */
const wordsSchema = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{C}]+$/u, 'must be one line of text');
export const countrySchema = z.string().regex(/^[A-Z]{2}$/, 'must be two capital letters (ISO 3166-1), such as FR');
/** As a zone: `fr-idf` for Île-de-France. */
export const regionSchema = z.string().regex(/^[a-z]{2}-[a-z0-9]{1,3}$/, 'must be as in ISO 3166-2, such as fr-idf');
export const certificationSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9 .:-]{0,63}$/, 'must be the name of a certification, such as SecNumCloud');

/** What an operator states. */
export const placeSchema = z
  .strictObject({
    country: countrySchema,
    region: regionSchema.nullable(),
    city: wordsSchema.nullable(),
    /** Who runs the machine; null: nobody has said so. */
    operator: wordsSchema.nullable(),
    /** Who owns it, when that is another. */
    provider: wordsSchema.nullable(),
    /** Country under whose law the operator is; null: nobody has said so. */
    legalSeat: countrySchema.nullable(),
    certs: z.array(certificationSchema).max(32),
    /**
     * `declared`: a person stated the country. `assumed`: nobody did; `sovfn up` took that of the default zone, so that
     * functions run on a developer's machine wherever it is.
     */
    basis: z.enum(['declared', 'assumed']),
  })
  .refine(isRegionOf, { message: 'must be a region of the country', path: ['region'] });
export type Place = z.output<typeof placeSchema>;

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
    /** What follows from country and region. */
    zones: z.array(nameSchema).min(1),
    issuedAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
  })
  .refine((labels) => zonesOf(labels).join() === labels.zones.join(), {
    message: 'must be those that follow from country and region',
    path: ['zones'],
  });
export type Labels = z.output<typeof labelsSchema>;

export const signedLabelsSchema = z.strictObject({ labels: labelsSchema, signature: detachedJwsSchema });
export type SignedLabels = z.output<typeof signedLabelsSchema>;

export function isRegionOf({ country, region }: { readonly country: string; readonly region: string | null }): boolean {
  return region === null || region.startsWith(`${country.toLowerCase()}-`);
}

/** The zones that labels satisfy: the country, the region, the European Union. */
export function zonesOf({ country, region }: Pick<Place, 'country' | 'region'>): string[] {
  const zones = [country.toLowerCase()];
  if (region !== null) zones.push(region);
  if (EU_COUNTRIES.has(country)) zones.push('eu');
  return zones;
}
