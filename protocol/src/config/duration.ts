import { z } from 'zod';

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION = /^(\d{1,9})(ms|s|m|h|d)$/;

/** A time as people write it in `sovfn.jsonc`, such as `10s`. */
export const durationSchema = z.string().regex(DURATION, 'must be a number and a unit, such as 10s');

/** One that is not longer than `most`. */
export const durationUpTo = (most: string): z.ZodString =>
  durationSchema.refine(
    (text) => !DURATION.test(text) || durationMs(text) <= durationMs(most),
    `must be at most ${most}`,
  );

/** Milliseconds of a text that durationSchema takes. Throws RangeError for another. */
export function durationMs(text: string): number {
  const match = DURATION.exec(text);
  if (match === null) throw new RangeError(`"${text}" is no duration`);
  return Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
}
