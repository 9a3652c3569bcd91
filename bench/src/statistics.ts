/** The middle value; of an even number of values the mean of the two in the middle. Throws RangeError without values. */
export function median(values: readonly number[]): number {
  const sorted = sortedValues(values);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * The smallest value that at least `fraction` of all values do not exceed (nearest rank): always one that was measured.
 * Throws RangeError without values, or for a fraction outside 0–1.
 */
export function percentile(values: readonly number[], fraction: number): number {
  if (!(fraction >= 0 && fraction <= 1)) throw new RangeError(`the fraction is ${fraction}; it must be 0–1`);
  const sorted = sortedValues(values);
  return sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)]!;
}

/**
 * Median of the rounds' ratios, own to others: both sides of a ratio were measured within the same seconds. Null when no round has both.
 */
export function medianRatio<R extends { readonly round: number }>(
  own: readonly R[],
  others: readonly R[],
  valueOf: (run: R) => number,
): number | null {
  const ratios = own.flatMap((run) => {
    const other = others.find(({ round }) => round === run.round);
    return other === undefined ? [] : [valueOf(run) / valueOf(other)];
  });
  return ratios.length === 0 ? null : median(ratios);
}

function sortedValues(values: readonly number[]): number[] {
  if (values.length === 0) throw new RangeError('there are no values to take a median or percentile of');
  return values.toSorted((a, b) => a - b);
}
