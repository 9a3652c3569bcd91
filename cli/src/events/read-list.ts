/** A list in as many requests as it takes: the platform answers with fewer items when it had to look at many. */
import { queryOf } from './event-arguments.ts';

/** Of one request. */
const PAGE = 1_000;

export interface Page<T> {
  readonly items: readonly T[];
  readonly damaged: readonly string[];
  readonly next: string | null;
}

export interface WantedList {
  readonly most: number;
  /** Only what comes after this one; null: from the beginning. */
  readonly start: string | null;
  readonly query: Readonly<Record<string, string>>;
}

export async function readList<T>(
  { most, start, query }: WantedList,
  ask: (query: Readonly<Record<string, string>>) => Promise<Page<T>>,
): Promise<Page<T>> {
  const items: T[] = [];
  const damaged: string[] = [];
  let next = start;
  do {
    const limit = String(Math.min(PAGE, most - items.length));
    const page = await ask({ ...query, limit, ...queryOf({ before: next }) });
    items.push(...page.items);
    damaged.push(...page.damaged);
    next = page.next;
  } while (next !== null && items.length < most);
  return { items, damaged, next };
}
