import type { ArgumentSpecs } from './command.ts';
import type { DeclaredPlace } from './platform/index.ts';

/** What is declared of a machine: `up` of its own, `nodes add` of another. */
export const PLACE_ARGUMENTS = {
  country: { type: 'string', value: 'FR', summary: 'up.country' },
  region: { type: 'string', value: 'fr-idf', summary: 'up.region' },
  city: { type: 'string', value: 'city', summary: 'up.city' },
  operator: { type: 'string', value: 'name', summary: 'up.operator' },
  provider: { type: 'string', value: 'name', summary: 'up.provider' },
  'legal-seat': { type: 'string', value: 'FR', summary: 'up.legal-seat' },
  certs: { type: 'string', value: 'list', summary: 'up.certs' },
} as const satisfies ArgumentSpecs;

/** Only what was given. */
export function declaredPlace(values: Readonly<Record<keyof typeof PLACE_ARGUMENTS, string | null>>): DeclaredPlace {
  const { country, region, city, operator, provider, 'legal-seat': legalSeat, certs } = values;
  return {
    ...(country === null ? {} : { country }),
    ...(region === null ? {} : { region }),
    ...(city === null ? {} : { city }),
    ...(operator === null ? {} : { operator }),
    ...(provider === null ? {} : { provider }),
    ...(legalSeat === null ? {} : { legalSeat }),
    ...(certs === null ? {} : { certs: listOf(certs) }),
  };
}

/** `a, b` */
export const listOf = (text: string): string[] => text.split(',').map((part) => part.trim());
