import { expect, test } from 'vitest';
import { ENTRY_NAMES } from '../../bridge/contract.ts';
import { GuestIsolate } from './guest-isolate.ts';

/** In place of the prelude: entries that drop buffers, and say whether the guest has a collector. */
const DROPS_BUFFERS = `() => {
  const dispatch = (megabytes) => { for (let n = 0; n < megabytes; n++) new Uint8Array(1 << 20).fill(1); };
  const begin = () => { if (typeof gc !== 'undefined') throw new Error('the guest has a collector'); };
  return { ${ENTRY_NAMES.map((name) => `${name}() {}`).join(', ')}, dispatch, begin };
}`;

test('buffers that a guest has dropped are freed when the host asks for it, and the guest cannot ask', () => {
  const guest = new GuestIsolate({ source: DROPS_BUFFERS, cache: null, parts: {} }, 128);
  const emptyMb = guest.memory().usedMb;
  expect(guest.enter('dispatch', [24], 10_000)).toEqual({ kind: 'done' });
  expect(guest.memory().usedMb - emptyMb).toBeGreaterThan(20);
  // What one collection has swept counts as free from the next one on.
  guest.collectYoung();
  guest.collectYoung();
  expect(guest.memory().usedMb - emptyMb).toBeLessThan(4);
  expect(guest.enter('begin', [], 10_000)).toEqual({ kind: 'done' });
  guest.dispose();
});

/** In place of the prelude: an entry that wants its microtasks over before it ends. */
const DRAINS = `() => {
  let drain;
  const shareEntries = (given) => { drain = given; };
  const dispatch = () => {
    let isDone = false;
    void (async () => { for (let n = 0; n < 5; n++) await null; isDone = true; })();
    drain();
    if (!isDone) throw new Error('a microtask is left');
  };
  return { ${ENTRY_NAMES.map((name) => `${name}() {}`).join(', ')}, shareEntries, dispatch };
}`;

test('the prelude can run all microtasks inside of an entry, by a function that no guest can name', () => {
  const guest = new GuestIsolate({ source: DRAINS, cache: null, parts: {} }, 128);
  expect(guest.enter('shareEntries', [guest.makeDrain()!], 10_000)).toEqual({ kind: 'done' });
  expect(guest.enter('dispatch', [], 10_000)).toEqual({ kind: 'done' });
  const code = { script: '%PerformMicrotaskCheckpoint()', scriptName: 'bundle', cache: null, sourceMap: '{}' };
  expect(() => guest.runScript(code, 10_000)).toThrow(SyntaxError);
  guest.dispose();
});

test('of a guest that has ended nothing is made to run microtasks, and its next entry says that it has', () => {
  const guest = new GuestIsolate({ source: DRAINS, cache: null, parts: {} }, 128);
  guest.dispose();
  expect(guest.makeDrain()).toBeNull();
  expect(guest.enter('dispatch', [], 10_000)).toEqual({ kind: 'disposed' });
});

/** In place of the prelude: leaves garbage behind, and has an entry that keeps buffers. */
const LEAVES_GARBAGE = `() => {
  for (let n = 0; n < 10_000; n++) [{ n }, String(n)];
  const kept = [];
  const dispatch = (megabytes) => { for (let n = 0; n < megabytes; n++) kept.push(new Uint8Array(1 << 20)); };
  return { ${ENTRY_NAMES.map((name) => `${name}() {}`).join(', ')}, dispatch };
}`;

test('a guest gives back what making it has left over, and its function has the whole limit as before', () => {
  const guest = new GuestIsolate({ source: LEAVES_GARBAGE, cache: null, parts: {} }, 64);
  const before = guest.memory();
  guest.giveBackLeftovers();
  const after = guest.memory();
  expect(after.usedMb).toBeLessThan(before.usedMb);
  expect(after.heldMb).toBeLessThan(before.heldMb);
  expect(guest.enter('dispatch', [55], 10_000)).toEqual({ kind: 'done' });
  expect(guest.enter('dispatch', [20], 10_000).kind).not.toBe('done');
  guest.dispose();
});

test('a guest with a limit of a few MiB gives back what it can', () => {
  const guest = new GuestIsolate({ source: LEAVES_GARBAGE, cache: null, parts: {} }, 8);
  guest.giveBackLeftovers();
  expect(guest.enter('dispatch', [2], 10_000)).toEqual({ kind: 'done' });
  guest.dispose();
});
