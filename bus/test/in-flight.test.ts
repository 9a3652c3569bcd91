import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InFlight } from '../src/wire/index.ts';

test('what is in flight is found by its number, and nothing else is', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -400, max: 400 }), { maxLength: 600 }), (steps) => {
      const table = new InFlight<string>(1);
      const model = new Map<number, string>();
      for (const step of steps) {
        if (step >= 0 || model.size === 0) {
          const number = table.nextNumber();
          expect(model.has(number)).toBe(false);
          table.put(number, `item ${number}`);
          model.set(number, `item ${number}`);
        } else {
          const number = [...model.keys()][-step % model.size]!;
          table.remove(number);
          table.remove(number);
          model.delete(number);
          expect(table.get(number)).toBe(null);
        }
      }
      expect(table.size).toBe(model.size);
      expect(new Set(table.all())).toEqual(new Set(model.values()));
      for (const [number, item] of model) expect(table.get(number)).toBe(item);
      for (const absent of [0, -1, NaN, 2 ** 31]) expect(table.get(absent)).toBe(null);
    }),
  );
});

/** Half a kilobyte each, of which 64 are there at a time; in the end, what of them lies in old memory. */
const PROGRAM = `
import { getHeapSpaceStatistics } from 'node:v8';
import { InFlight } from ${JSON.stringify(new URL('../src/in-flight.ts', import.meta.url).href)};
const oldBytes = () => getHeapSpaceStatistics().find((space) => space.space_name === 'old_space').space_used_size;
const table = new InFlight();
const numbers = [];
const churn = (count) => {
  for (let i = 0; i < count; i++) {
    const number = table.nextNumber();
    table.put(number, { values: new Array(64).fill(i) });
    numbers[i % 64] !== undefined && table.remove(numbers[i % 64]);
    numbers[i % 64] = number;
  }
};
churn(10_000);
gc();
const before = oldBytes();
for (let round = 0; round < 50; round++) { churn(2_000); gc({ type: 'minor' }); }
console.log(oldBytes() - before);
`;

test('what went out of flight is gone with the next small collection, however long the table has been there', async () => {
  const args = ['--expose-gc', '--input-type=module', '-e', PROGRAM];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  // Of 100,000 objects, some 60 MB, a Map kept 12.
  expect(Number(stdout)).toBeLessThan(5_000_000);
});
