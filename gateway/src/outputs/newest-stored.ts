/**
 * Walks a function's stored outputs from the newest to the oldest. S3 lists names in ascending order only, so the days
 * are taken in reverse, and a day that holds more than one page of outputs is cut into shrinking spans of time.
 */
import { invocationIdFloor, invocationTime, isInvocationId } from '@sovfn/protocol';
import type { ObjectStore } from '@sovfn/store';

export interface StoredFolder {
  readonly store: ObjectStore;
  readonly bucket: string;
  /** `<tenant>/<function>/` */
  readonly prefix: string;
}

const DAY_MS = 86_400_000;
/** Small, because a page that turns out to be cut was asked for in vain. */
const PAGE_ENTRIES = 250;
/** The same for one millisecond, which cannot be cut: far more than a gateway can answer in one. */
const INSTANT_ENTRIES = 100_000;
const MAX_FOLDERS = 1_000;

/** Invocation ids, newest first, all older than `before` when it is given. Some may have no description (yet). */
export async function* newestStored(folder: StoredFolder, before: string | null): AsyncGenerator<string> {
  const latestDay = before === null ? Infinity : dayStart(invocationTime(before));
  for await (const { prefix, start } of daysNewestFirst(folder)) {
    if (start > latestDay) continue;
    const end = start === latestDay ? invocationTime(before!) + 1 : start + DAY_MS;
    for await (const id of newestOfSpan({ ...folder, prefix }, { start, end })) {
      if (before === null || id < before) yield id;
    }
  }
}

async function* daysNewestFirst(
  folder: StoredFolder,
): AsyncGenerator<{ readonly prefix: string; readonly start: number }> {
  for (const year of await subfoldersNewestFirst(folder, folder.prefix, /^\d{4}$/)) {
    for (const month of await subfoldersNewestFirst(folder, year, /^\d{2}$/)) {
      for (const day of await subfoldersNewestFirst(folder, month, /^\d{2}$/)) {
        const start = Date.parse(day.slice(folder.prefix.length, -1).replaceAll('/', '-'));
        if (!Number.isNaN(start)) yield { prefix: day, start };
      }
    }
  }
}

/** Folders that are named as ours are; others may have put other things there. */
async function subfoldersNewestFirst(folder: StoredFolder, prefix: string, name: RegExp): Promise<string[]> {
  const { prefixes } = await folder.store.list(folder.bucket, prefix, { limit: MAX_FOLDERS, delimiter: '/' });
  return prefixes.filter((found) => name.test(found.slice(prefix.length, -1))).toReversed();
}

async function* newestOfSpan(
  day: StoredFolder,
  { start, end: spanEnd }: { readonly start: number; readonly end: number },
): AsyncGenerator<string> {
  let end = spanEnd;
  let width = end - start;
  while (end > start) {
    const from = Math.max(start, end - width);
    const limit = width <= 1 ? INSTANT_ENTRIES : PAGE_ENTRIES;
    const { ids, isComplete } = await idsFrom(day, from, end, limit);
    if (!isComplete && width > 1) {
      width = Math.ceil(width / 16);
      continue;
    }
    yield* ids.toReversed();
    end = from;
    width *= 4;
  }
}

/** Ids made from `from` on and before `end`, ascending. Not complete: there are more of them than `limit`. */
async function idsFrom(day: StoredFolder, from: number, end: number, limit: number) {
  const startAfter = day.prefix + invocationIdFloor(from);
  const page = await day.store.list(day.bucket, day.prefix, { limit, delimiter: '/', startAfter });
  const found = page.prefixes.map((prefix) => prefix.slice(day.prefix.length, -1)).filter(isInvocationId);
  const ids = found.filter((id) => invocationTime(id) < end);
  return { ids, isComplete: !page.isTruncated || ids.length < found.length };
}

function dayStart(time: number): number {
  return time - (time % DAY_MS);
}
