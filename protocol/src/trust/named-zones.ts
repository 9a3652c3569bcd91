/**
 * Zones that an operator names: an expression over what labels say, such as "in France, with SecNumCloud". Which machines are in
 * one follows from their signed labels; nobody lists machines. A name has one definition on a platform, which never changes.
 */
import { z } from 'zod';
import { nameSchema } from '../names.ts';
import { certificationSchema, countrySchema, type Place, regionSchema, wordsSchema } from './place.ts';

/** On one platform. */
export const MOST_NAMED_ZONES = 16;
const MOST_ALTERNATIVES = 32;
/** `fr`, `eu`, `fr-idf`: what follows from country and region alone, today or when somebody declares it. */
const DERIVED = /^[a-z]{2}(?:-[a-z0-9]{1,3})?$/;

/** Does the name mean a country, a region or the Union, whatever machines there are? */
export const isDerivedZone = (name: string): boolean => DERIVED.test(name);

export const namedZoneNameSchema = nameSchema.refine((name) => !isDerivedZone(name), {
  message: 'must not be that of a country, a region or the Union, such as fr or fr-idf',
});

/** One definition has one spelling. */
const oneOf = <T extends z.ZodType<string>>(schema: T) =>
  z
    .array(schema)
    .max(MOST_ALTERNATIVES)
    .refine((texts) => [...new Set(texts)].toSorted().join('\n') === texts.join('\n'), 'must be in order, each once');

/** An empty list asks for nothing. Of the others all must be satisfied. */
const criteria = {
  /** One of them. */
  countries: oneOf(countrySchema),
  regions: oneOf(regionSchema),
  operators: oneOf(wordsSchema),
  /** Country under whose law the operator is. */
  legalSeats: oneOf(countrySchema),
  /** All of them. */
  certs: oneOf(certificationSchema),
} as const;
const CRITERIA = Object.keys(criteria) as (keyof typeof criteria)[];

export const namedZoneSchema = z
  .strictObject({ name: namedZoneNameSchema, ...criteria })
  .refine((zone) => CRITERIA.some((criterion) => zone[criterion].length > 0), 'must ask for something');
export type NamedZone = z.output<typeof namedZoneSchema>;

export type ZoneCriteria = Partial<Record<(typeof CRITERIA)[number], readonly string[]>>;

/** In the one spelling. Throws ZodError. */
export function defineZone(name: string, asked: ZoneCriteria): NamedZone {
  const lists = CRITERIA.map((criterion) => [criterion, [...new Set(asked[criterion] ?? [])].toSorted()]);
  return namedZoneSchema.parse({ name, ...Object.fromEntries(lists) });
}

/** What is stated of a machine, as far as zones ask for it. */
export type ZoneFacts = Pick<Place, 'country' | 'region' | 'operator' | 'legalSeat' | 'certs' | 'basis'>;

/** What of a zone a machine does not satisfy. `basis`: nobody has declared its country. `is`: what is stated; null: nothing. */
export interface UnmetCriterion {
  readonly criterion: 'basis' | 'country' | 'region' | 'operator' | 'legalSeat' | 'certs';
  readonly is: string | null;
}

/**
 * The first thing that a machine does not satisfy; null: it is in the zone. What nobody stated satisfies nothing, and a country that
 * nobody declared satisfies no named zone.
 */
export function unmetCriterion(facts: ZoneFacts, zone: NamedZone): UnmetCriterion | null {
  if (facts.basis !== 'declared') return { criterion: 'basis', is: facts.basis };
  const asked = [
    ['country', zone.countries],
    ['region', zone.regions],
    ['operator', zone.operators],
    ['legalSeat', zone.legalSeats],
  ] as const;
  for (const [criterion, allowed] of asked) {
    const is = facts[criterion];
    if (allowed.length > 0 && (is === null || !allowed.includes(is))) return { criterion, is };
  }
  const hasAll = zone.certs.every((certification) => facts.certs.includes(certification));
  return hasAll ? null : { criterion: 'certs', is: facts.certs.length === 0 ? null : facts.certs.join(', ') };
}

const CRITERION_WORDS: Readonly<Record<UnmetCriterion['criterion'], string>> = {
  basis: 'basis of its country',
  country: 'country',
  region: 'region',
  operator: 'operator',
  legalSeat: 'legal seat',
  certs: 'certifications',
};

/** Why a machine is not in the zone; null: it is. */
export function outsideOfZone(facts: ZoneFacts, zone: NamedZone): string | null {
  const unmet = unmetCriterion(facts, zone);
  return unmet === null ? null : `its labels say of ${CRITERION_WORDS[unmet.criterion]}: ${unmet.is ?? 'not declared'}`;
}

export const satisfiesZone = (facts: ZoneFacts, zone: NamedZone): boolean => unmetCriterion(facts, zone) === null;

/** The definition of a zone that labels carry; null: they carry none of that name. */
export function definitionIn(labels: { readonly namedZones?: readonly NamedZone[] }, zone: string): NamedZone | null {
  return labels.namedZones?.find(({ name }) => name === zone) ?? null;
}
