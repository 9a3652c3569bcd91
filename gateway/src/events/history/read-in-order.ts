/** Messages that one request reads at the same time: each may be as large as a message can be. */
const READ_AT_ONCE = 16;

/** Reads each, a few at a time; what `read` gave, in the order of `items`. */
export async function readInOrder<T, R>(items: readonly T[], read: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = Array.from({ length: items.length });
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const at = next++;
      results[at] = await read(items[at]!);
    }
  };
  await Promise.all(Array.from({ length: Math.min(READ_AT_ONCE, items.length) }, worker));
  return results;
}
