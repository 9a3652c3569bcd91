import type { CallEnd, LogEvent } from '@sovfn/protocol';
import { expect, test } from 'vitest';
import { CallGate } from './call-gate.ts';

const ALL = { since: null, until: null };
const endOf = (end: Partial<CallEnd>) => ({ outcome: 'ok', method: 'GET', events: [], ...end });
const entry = (invocation: string, text: string, end: Partial<CallEnd> | null = null) =>
  ({ version: 'a', level: 'info', invocation, event: null, text, end: end && endOf(end) }) as LogEvent;

test('the lines of a call wait for its end, and come in front of it', () => {
  const gate = new CallGate({ ...ALL, status: 'error' });
  const passed = [
    entry('1', 'one'),
    entry('2', 'two'),
    entry('1', '', { status: 200 }),
    entry('2', 'three'),
    entry('2', 'end', { status: 500 }),
    entry('2', 'too late'),
  ].map((event) => gate.pass(event).entries.map(({ text }) => text));
  expect(passed).toEqual([[], [], [], [], ['two', 'three', 'end'], []]);
});

test('without a question about calls nothing waits', () => {
  const gate = new CallGate({ ...ALL, search: 'x' });
  expect(gate.pass(entry('1', 'x')).entries).toHaveLength(1);
  expect(gate.pass(entry('1', 'y')).entries).toHaveLength(0);
});

test('what waits is bounded: the lines that waited longest are given up, and counted', () => {
  const gate = new CallGate({ ...ALL, status: 'error' });
  const text = 'x'.repeat(16_384);
  let unmatched = 0;
  for (let call = 0; call < 100; call++) unmatched += gate.pass(entry(String(call), text)).unmatched;
  expect(unmatched).toBe(36);
  expect(gate.pass(entry('0', '', { status: 500 })).entries).toHaveLength(1);
  expect(gate.pass(entry('99', '', { status: 500 })).entries).toHaveLength(2);
});
