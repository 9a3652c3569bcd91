import { afterEach, expect, test } from 'vitest';
import { Deadlines, NO_DEADLINE, type Timed } from '../src/wire/index.ts';

class Item implements Timed {
  deadlineSlot = NO_DEADLINE;
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

const fired: string[] = [];
let wake = (): void => undefined;
const deadlines = new Deadlines<Item>({
  tickMs: 1,
  onDue: ({ name }) => {
    fired.push(name);
    wake();
  },
});
afterEach(() => fired.splice(0));

const untilFired = async (count: number): Promise<void> => {
  while (fired.length < count) await new Promise<void>((resolve) => (wake = resolve));
};

test('what is due is told once, what was cleared is not, and a place that is free is used again', async () => {
  const items = ['a', 'b', 'c', 'd'].map((name) => new Item(name));
  const now = performance.now();
  for (const item of items) deadlines.set(item, now);
  deadlines.clear(items[1]!);
  deadlines.clear(items[1]!);
  deadlines.set(new Item('e'), now);
  await untilFired(4);
  expect(fired.toSorted()).toEqual(['a', 'c', 'd', 'e']);
  expect(items.map(({ deadlineSlot }) => deadlineSlot)).toEqual([-1, -1, -1, -1]);
});

test('a later deadline replaces an earlier one', async () => {
  const [moved, other] = [new Item('moved'), new Item('other')];
  deadlines.set(moved, performance.now());
  deadlines.set(moved, performance.now() + 1e9);
  deadlines.set(other, performance.now());
  await untilFired(1);
  expect(fired).toEqual(['other']);
  deadlines.close();
  expect(moved.deadlineSlot).toBe(NO_DEADLINE);
});
