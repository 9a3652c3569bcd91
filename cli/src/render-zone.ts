import type { NamedZone } from '@sovfn/protocol';
import type { Say } from './language.ts';
import { printable } from './printable.ts';

/** What a named zone asks for, in people's words. */
export function zoneText(zone: NamedZone, say: Say): string {
  const anyOf = (texts: readonly string[]): string => texts.join(` ${say('zones.or')} `);
  const parts = [
    zone.countries.length > 0 && say('zones.country', { list: anyOf(zone.countries) }),
    zone.regions.length > 0 && say('zones.region', { list: anyOf(zone.regions) }),
    zone.operators.length > 0 && say('zones.operator', { list: anyOf(zone.operators) }),
    zone.legalSeats.length > 0 && say('zones.seat', { list: anyOf(zone.legalSeats) }),
    zone.certs.length > 0 && say('zones.certs', { list: zone.certs.join(', ') }),
  ];
  return printable(parts.filter((part) => part !== false).join('; '));
}
