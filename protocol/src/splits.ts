/** How a function's HTTP calls are divided between its current version and another one, and who watches over it. */
import { z } from 'zod';
import { versionIdSchema } from './names.ts';

/** A caller's version is settled by one of these, so that it does not change from call to call. */
const HEADER_NAME = /^[a-z0-9-]{1,64}$/;
const COOKIE_NAME = /^[A-Za-z0-9_.-]{1,64}$/;

export const stickyKeySchema = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('address') }),
  z.strictObject({ by: z.literal('header'), name: z.string().regex(HEADER_NAME, 'must be a header, in lower case') }),
  z.strictObject({ by: z.literal('cookie'), name: z.string().regex(COOKIE_NAME, 'must be the name of a cookie') }),
]);
export type StickyKey = z.output<typeof stickyKeySchema>;

/** Of callers, in percent. */
export const sharePercentSchema = z.number().min(0.1).max(99.9);

export const SHORTEST_WATCH_MS = 10_000;
export const LONGEST_WATCH_MS = 86_400_000;
export const watchMsSchema = z.int().min(SHORTEST_WATCH_MS).max(LONGEST_WATCH_MS);

/** Part of a function's record while callers are divided. */
export const splitSchema = z.strictObject({
  /** Gets its share of the callers; the others get the current version. */
  version: versionIdSchema,
  percent: sharePercentSchema,
  key: stickyKeySchema,
  startedAt: z.iso.datetime(),
  /** Until then the split ends by itself when its version does worse than the current one. Null: nobody watches. */
  watchedUntil: z.iso.datetime().nullable(),
});
export type Split = z.output<typeof splitSchema>;

/** What a deploy does with the version that it stores. */
export const releaseSchema = z.discriminatedUnion('kind', [
  /** It becomes current. */
  z.strictObject({ kind: z.literal('current') }),
  /** It answers at its preview address only. */
  z.strictObject({ kind: z.literal('preview') }),
  /** It gets a share of the callers. */
  z.strictObject({
    kind: z.literal('canary'),
    percent: sharePercentSchema,
    key: stickyKeySchema,
    watchMs: watchMsSchema.nullable(),
  }),
]);
export type Release = z.output<typeof releaseSchema>;

/**
 * Header of a request by which a caller chooses among the two versions of a split: its value begins the version's id.
 * Not for guarding anything: whoever can call the function can send it.
 */
export const VERSION_CHOICE_HEADER = 'sovfn-version';
