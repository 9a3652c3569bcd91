import { expect, test } from 'vitest';
import { StoreGate } from './store-gate.ts';

function makeGate() {
  const clock = { now: 1_000 };
  const events: string[] = [];
  const gate = new StoreGate(
    (_level, event) => events.push(event),
    () => clock.now,
  );
  return { gate, clock, events };
}

test('while the store works everyone may try', () => {
  const { gate, events } = makeGate();
  gate.succeeded();
  expect([gate.mayTry(), gate.mayTry()]).toEqual([true, true]);
  expect(events).toEqual([]);
});

test('after a failure one caller in five seconds may try', () => {
  const { gate, clock } = makeGate();
  gate.failed(new Error('down'));
  expect(gate.mayTry()).toBe(false);
  clock.now += 5_000;
  expect([gate.mayTry(), gate.mayTry()]).toEqual([true, false]);
  clock.now += 5_000;
  expect([gate.mayTry(), gate.mayTry()]).toEqual([true, false]);
});

test('a success opens the gate for all, and each change is logged once', () => {
  const { gate, events } = makeGate();
  gate.failed(new Error('down'));
  gate.failed(new Error('still down'));
  gate.succeeded();
  gate.succeeded();
  expect([gate.mayTry(), gate.mayTry()]).toEqual([true, true]);
  expect(events).toEqual(['output-store-down', 'output-store-up']);
});
