import { expect, test } from 'vitest';
import { FairShare, SHARING_MS } from './fair-share.ts';

const MOST = 2;

/** What was let in, in order, by a clock that stands. */
class Door {
  nowMs = 0;
  readonly entered: string[] = [];
  readonly inside = new Map<string, (() => void)[]>();
  readonly #share = new FairShare({ most: MOST, now: () => this.nowMs });

  /** Resolves when everybody who may be in is. */
  async come(...names: readonly string[]): Promise<void> {
    for (const name of names) void this.#enter(name);
    await this.#settled();
  }

  async leave(name: string): Promise<void> {
    this.inside.get(name)!.shift()!();
    await this.#settled();
  }

  count(name: string): number {
    return this.inside.get(name)?.length ?? 0;
  }

  async enter(name: string, signal: AbortSignal): Promise<() => void> {
    return this.#share.enter(name, signal);
  }

  async #enter(name: string): Promise<void> {
    const leave = await this.#share.enter(name);
    this.entered.push(name);
    this.inside.set(name, [...(this.inside.get(name) ?? []), leave]);
  }

  /** Nothing but promises is between an arrival or a departure and what it lets in. */
  async #settled(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const many = (name: string, count: number): string[] => Array<string>(count).fill(name);

test('a function that comes alone has all places that it asks for', async () => {
  const door = new Door();
  await door.come(...many('flooded', 50));
  expect(door.count('flooded')).toBe(50);
});

test('while others come too, each function has no more than its share, and those of one that has few never wait', async () => {
  const door = new Door();
  await door.come('quiet', ...many('flooded', 50), 'other');
  expect([door.count('quiet'), door.count('flooded'), door.count('other')]).toEqual([1, MOST, 1]);
});

test('who waits is let in when another of its function leaves, in the order in which they came', async () => {
  const door = new Door();
  await door.come('quiet', ...many('flooded', 4));
  for (let left = 1; left <= 2; left++) {
    await door.leave('flooded');
    expect(door.entered.filter((name) => name === 'flooded')).toHaveLength(MOST + left);
    expect(door.count('flooded')).toBe(MOST);
  }
});

test('those inside when another one comes may stay; nobody follows them before they are fewer than the share', async () => {
  const door = new Door();
  await door.come(...many('flooded', 4));
  await door.come('quiet', 'flooded');
  await door.leave('flooded');
  await door.leave('flooded');
  expect([door.count('flooded'), door.entered.length]).toEqual([2, 5]);
  await door.leave('flooded');
  expect([door.count('flooded'), door.entered.length]).toEqual([2, 6]);
});

test('when no other is or was there for a while, all who wait are let in as soon as one leaves', async () => {
  const door = new Door();
  await door.come('quiet', ...many('flooded', 50));
  door.nowMs += SHARING_MS;
  await door.leave('flooded');
  expect(door.count('flooded')).toBe(MOST);
  await door.leave('quiet');
  door.nowMs += SHARING_MS;
  await door.leave('flooded');
  expect(door.count('flooded')).toBe(48);
});

test('two floods share, each with its own places', async () => {
  const door = new Door();
  await door.come(...many('one', 20), ...many('two', 20));
  await Promise.all(Array.from({ length: 18 }, () => door.leave('one')));
  expect([door.count('one'), door.count('two')]).toEqual([MOST, MOST]);
});

test('who gives up waiting takes no place, and leaving twice frees one', async () => {
  const door = new Door();
  await door.come('quiet', ...many('flooded', MOST));
  const stopping = new AbortController();
  const waiting = door.enter('flooded', stopping.signal);
  await door.come('flooded');
  stopping.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow('stopped');
  const [first] = door.inside.get('flooded')!;
  await door.leave('flooded');
  first!();
  await door.come('flooded');
  expect(door.count('flooded')).toBe(MOST);
});
