/** What an operator states of a machine: where it is, who runs it, and under whose law that is. */
import { z } from 'zod';

/** Countries of the European Union (ISO 3166-1 alpha-2). */
export const EU_COUNTRIES: ReadonlySet<string> = new Set(
  'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'.split(' '),
);

/** One line of text that people wrote. */
export const wordsSchema = z
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

export function isRegionOf({ country, region }: { readonly country: string; readonly region: string | null }): boolean {
  return region === null || region.startsWith(`${country.toLowerCase()}-`);
}
