import type { CallTarget } from './call-target.ts';

/**
 * Countries whose nodes are asked to take a call, in this order: those that its tenant has accepted, by lot, so that each node gets as
 * many calls as another. Countries without a node come last: one may have joined that nobody has heard of yet.
 */
export function placementOrder(
  { countries }: Pick<CallTarget, 'countries'>,
  /** How many nodes of the zone take calls, by country. */
  live: ReadonlyMap<string, number>,
): string[] {
  const drawn = (countries ?? [...live.keys()]).map((country) => {
    const nodes = live.get(country) ?? 0;
    return { country, rank: nodes === 0 ? -1 : Math.random() ** (1 / nodes) };
  });
  return drawn.toSorted((a, b) => b.rank - a.rank).map(({ country }) => country);
}
