/**
 * Whether outputs are in the object store. Their names sort by time, so a listing of a few pages answers for a thousand
 * events; where too much else lies between them, each is asked for by itself.
 */
import { type FunctionAddress, outputBodyObject } from '@sovfn/protocol';
import type { ObjectStore } from '@sovfn/store';
import { readInOrder } from '../history/read-in-order.ts';

export interface NamedOutput {
  readonly event: string;
  readonly prefix: string;
  readonly endedAt: string | null;
}

export interface StoredOutputsCheckOptions {
  readonly store: ObjectStore;
  readonly bucket: string;
  /** For how many days the function's outputs are kept; null: for ever. */
  readonly daysOf: (of: FunctionAddress) => number | null;
}

const PAGE = 1_000;
/** Pages of a listing for one batch of outputs. */
const MOST_PAGES = 8;
const DAY_MS = 86_400_000;

export class StoredOutputsCheck {
  readonly #options: StoredOutputsCheckOptions;

  constructor(options: StoredOutputsCheckOptions) {
    this.#options = options;
  }

  /** Those that must be there and are not. Throws `store-unavailable` or `store-refused`. */
  async missing(of: FunctionAddress, outputs: readonly NamedOutput[]): Promise<NamedOutput[]> {
    const days = this.#options.daysOf(of);
    const expected = outputs
      .filter(({ endedAt }) => days === null || endedAt === null || Date.parse(endedAt) + days * DAY_MS > Date.now())
      .toSorted((a, b) => (a.prefix < b.prefix ? -1 : 1));
    if (expected.length === 0) return [];
    const { names, reached } = await this.#list(expected);
    const unseen = expected.filter(({ prefix }) => !names.has(outputBodyObject(prefix)));
    const isThere = await readInOrder(unseen, async ({ prefix }) =>
      outputBodyObject(prefix) > reached ? this.#isStored(prefix) : false,
    );
    return unseen.filter((_output, i) => !isThere[i]);
  }

  /** Names between the first and the last output, as far as MOST_PAGES go, and the last name that was seen. */
  async #list(expected: readonly NamedOutput[]): Promise<{ names: ReadonlySet<string>; reached: string }> {
    const { store, bucket } = this.#options;
    const last = outputBodyObject(expected.at(-1)!.prefix);
    const names = new Set<string>();
    let reached = expected[0]!.prefix;
    for (let page = 0; page < MOST_PAGES && reached < last; page++) {
      const { objects, isTruncated } = await store.list(bucket, commonPrefix(expected), {
        limit: PAGE,
        startAfter: reached,
      });
      for (const { name } of objects) names.add(name);
      reached = isTruncated ? objects.at(-1)!.name : last;
    }
    return { names, reached };
  }

  async #isStored(prefix: string): Promise<boolean> {
    const { store, bucket } = this.#options;
    return (await store.head(bucket, outputBodyObject(prefix))) !== null;
  }
}

/** `<tenant>/<function>/`: all outputs of a function begin like this. */
function commonPrefix([first]: readonly NamedOutput[]): string {
  return first!.prefix.split('/').slice(0, 2).join('/') + '/';
}
