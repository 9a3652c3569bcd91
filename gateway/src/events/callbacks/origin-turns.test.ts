import { expect, test } from 'vitest';
import { OriginTurns, PER_ORIGIN } from './origin-turns.ts';

const SLOW = 'https://slow.example';

async function fill(turns: OriginTurns): Promise<readonly Promise<number>[]> {
  for (let i = 0; i < PER_ORIGIN; i++) await turns.enter(SLOW);
  return Array.from({ length: PER_ORIGIN }, () => turns.enter(SLOW));
}

test('of one origin so many are under way and as many wait; more are put back, and other origins have their own turns', async () => {
  const turns = new OriginTurns();
  void (await fill(turns));
  expect(await turns.enter(SLOW)).toBeGreaterThan(0);
  expect(await turns.enter('https://other.example')).toBe(0);
});

test('who leaves gives the turn to who waited longest', async () => {
  const turns = new OriginTurns();
  const waiting = await fill(turns);
  const order: number[] = [];
  waiting.forEach((turn, i) => void turn.then(() => order.push(i)));
  for (const turn of waiting) {
    turns.leave(SLOW, 10);
    expect(await turn).toBe(0);
  }
  expect(order).toEqual(waiting.map((_, i) => i));
});

test('callbacks that find no room come back at the pace of their receiver', async () => {
  const turns = new OriginTurns();
  void (await fill(turns));
  for (let i = 0; i < PER_ORIGIN; i++) {
    turns.leave(SLOW, 20_000);
    void turns.enter(SLOW);
  }
  const [first = 0, ...later] = await Promise.all(Array.from({ length: 1_000 }, () => turns.enter(SLOW, 0)));
  expect(first).toBeGreaterThanOrEqual(1_000);
  expect(later.at(-1)).toBeGreaterThan((1_000 * 19_000) / PER_ORIGIN);
  expect(later.at(-1)).toBeLessThan((1_000 * 21_000) / PER_ORIGIN);
});
