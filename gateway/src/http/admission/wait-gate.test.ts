import { expect, test } from 'vitest';
import { WaitGate } from './wait-gate.ts';

const TARGET_MS = 1_000;
const LEAST = 8;

/** A gate whose calls all wait and take so long, and that gets an answer every 100 ms. */
class Trial {
  readonly gate = new WaitGate(TARGET_MS, LEAST);
  now = 50_000;

  enter(calls: number): void {
    for (let call = 0; call < calls; call++) this.gate.enter();
  }

  /** For `ms`, an answer every 100 ms; for each another call comes if it may. */
  answer(ms: number, waitMs: number, serviceMs = 100): void {
    for (const end = this.now + ms; this.now < end;) {
      this.now += 100;
      this.gate.answered(this.now, waitMs, serviceMs);
      this.gate.leave();
      if (this.gate.isFull) this.gate.noteRefused();
      else this.gate.enter();
    }
  }
}

test('a burst whose calls wait too long for less than two targets is let in whole', () => {
  const trial = new Trial();
  trial.enter(500);
  trial.answer(1_900, 5_000);
  expect(trial.gate.limit).toBe(Infinity);
  trial.answer(100, 10);
  trial.answer(1_900, 5_000);
  expect(trial.gate.limit).toBe(Infinity);
});

test('one answer in time is enough: what comes and goes is no standing queue', () => {
  const trial = new Trial();
  trial.enter(500);
  for (let round = 0; round < 20; round++) {
    trial.answer(1_000, 5_000);
    trial.answer(100, 900);
  }
  expect(trial.gate.limit).toBe(Infinity);
});

test('when every call waits too long for two targets, fewer may wait, window by window', () => {
  const trial = new Trial();
  trial.enter(100);
  trial.answer(2_100, 4_000);
  // 100 calls wait 4 s and take 0.1 s: a quarter of them would wait 1 s, and half is the most that goes at once.
  expect(trial.gate.limit).toBe(50);
  trial.answer(1_000, 2_100);
  expect(trial.gate.limit).toBe(25);
});

test('when they wait no longer than allowed, more may wait, until none had to be refused', () => {
  const trial = new Trial();
  trial.enter(100);
  trial.answer(3_100, 4_000);
  const { limit } = trial.gate;
  expect(limit).toBe(25);
  trial.answer(1_000, 800);
  expect(trial.gate.limit).toBe(Math.ceil(limit * 1.1));
  while (trial.gate.waiting > 1) trial.gate.leave();
  trial.answer(2_000, 10);
  expect(trial.gate.limit).toBe(Infinity);
});

test('few callers of a slow function are never refused', () => {
  const trial = new Trial();
  trial.enter(LEAST - 1);
  trial.answer(60_000, 20_000);
  expect(trial.gate.isFull).toBe(false);
  expect(trial.gate.limit).toBe(LEAST);
});

test('when nothing waits any more there is no limit, and an old wait is forgotten', () => {
  const trial = new Trial();
  trial.enter(100);
  trial.answer(2_100, 4_000);
  while (trial.gate.waiting > 0) trial.gate.leave();
  expect(trial.gate.limit).toBe(Infinity);
  trial.now += 3_600_000;
  trial.enter(100);
  trial.answer(1_900, 4_000);
  expect(trial.gate.limit).toBe(Infinity);
});

test('the shortest wait of the last window is what is told', () => {
  const trial = new Trial();
  trial.enter(100);
  trial.answer(1_500, 4_000);
  trial.answer(600, 3_000);
  expect(trial.gate.standingMs).toBe(3_000);
});

test('a gate without a target is open always', () => {
  const gate = new WaitGate(Infinity, LEAST);
  for (let call = 0; call < 1_000; call++) gate.enter();
  for (let now = 0; now < 100_000; now += 100) gate.answered(now, 60_000, 1);
  expect(gate.isFull).toBe(false);
});
