/**
 * One page of a list, newest first. What it costs is bounded, however much there is and however rare what is asked for:
 * it looks at LOOK_ITEMS and reads LOOK_BYTES of messages, then answers with what it has found and where to go on.
 */
import { isSovfnError } from '@sovfn/protocol';
import { readInOrder } from './read-in-order.ts';

export interface NewestPage<T> {
  readonly items: readonly T[];
  /** Ids of which what is stored cannot be read: one must not hide the others. */
  readonly damaged: readonly string[];
  /** Where to go on; null: there are no older ones. */
  readonly next: string | null;
}

/** What was read for one id, and how much had to be read. */
export interface ReadItem<T> {
  readonly item: T | 'damaged';
  readonly bytes: number;
}

export interface PageOptions<T> {
  /** Newest first. */
  readonly ids: AsyncIterable<string>;
  readonly limit: number;
  /** Ids that sort before it are not wanted; null: all are. */
  readonly oldest: string | null;
  /** Null: it has gone meanwhile. */
  readonly read: (id: string) => Promise<ReadItem<T> | null>;
  readonly fits: (item: T) => boolean;
}

const LOOK_ITEMS = 10_000;
const LOOK_BYTES = 256 * 1024 * 1024;
/** Items that are looked at together. */
const BATCH = 200;
const SMALLEST_BATCH = 16;

export async function readNewestPage<T>(options: PageOptions<T>): Promise<NewestPage<T>> {
  const { ids, limit, oldest, read } = options;
  const page = { items: [] as T[], damaged: [] as string[] };
  let [looked, bytes] = [0, 0];
  for await (const batch of inBatches(ids, Math.min(BATCH, Math.max(limit, SMALLEST_BATCH)))) {
    const found = await readInOrder(batch, read);
    for (const [i, id] of batch.entries()) {
      if (oldest !== null && id < oldest) return { ...page, next: null };
      take(page, id, found[i]!, options);
      if (page.items.length === limit) return { ...page, next: id };
    }
    looked += batch.length;
    bytes += found.reduce((sum, each) => sum + (each?.bytes ?? 0), 0);
    if (looked >= LOOK_ITEMS || bytes >= LOOK_BYTES) return { ...page, next: batch.at(-1)! };
  }
  return { ...page, next: null };
}

/** Reads a stored message; one that cannot be understood is `damaged`. Throws `key-unavailable`. */
export async function readItem<T>(data: Uint8Array, parse: (data: Buffer) => T | Promise<T>): Promise<ReadItem<T>> {
  try {
    return { item: await parse(Buffer.from(data)), bytes: data.length };
  } catch (error) {
    if (isSovfnError(error) && error.code === 'key-unavailable') throw error;
    return { item: 'damaged', bytes: data.length };
  }
}

function take<T>(
  page: { readonly items: T[]; readonly damaged: string[] },
  id: string,
  found: ReadItem<T> | null,
  { fits }: PageOptions<T>,
): void {
  if (found === null) return;
  if (found.item === 'damaged') page.damaged.push(id);
  else if (fits(found.item)) page.items.push(found.item);
}

/** The last batch may be smaller; none is empty. */
async function* inBatches<T>(source: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const item of source) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
