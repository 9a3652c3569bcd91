import type { LogEvent } from '@sovfn/protocol';
import { expect, test } from 'vitest';
import { makeSay } from './language.ts';
import { en } from './messages/en.ts';
import { fr } from './messages/fr.ts';
import { makePaint } from './paint.ts';
import { renderGap, renderLog } from './render-log.ts';

const paint = makePaint(false, {});
const english = { say: makeSay(en), paint, locale: 'en' };
const french = { say: makeSay(fr), paint, locale: 'fr' };
const line: LogEvent = {
  v: 1,
  type: 'line',
  time: new Date(2026, 10, 24, 14, 5, 9).toISOString(),
  function: 'invoice',
  version: '1'.repeat(64),
  invocation: '01k2v5w8q9xr3t7yb4n6m0zc1d',
  node: 'node-1',
  level: 'warn',
  text: 'no total\u001b[2J',
  outcome: null,
  cpuUs: null,
  wallUs: null,
  cold: null,
};
const end: LogEvent = { ...line, type: 'end', text: '', outcome: 'ok', cpuUs: 1_234, wallUs: 56_789, cold: true };

test('a line shows its local time, its call, its level, and no control characters', () => {
  expect(renderLog(line, english)).toBe('14:05:09 m0zc1d warn  no total\\u001b[2J');
  expect(renderLog({ ...line, invocation: null }, english)).toBe('14:05:09        warn  no total\\u001b[2J');
});

test('the end of a call shows its outcome and what it used, as the language writes it', () => {
  expect(renderLog(end, english)).toBe('14:05:09 m0zc1d ok · cpu 1.2 ms · total 56.8 ms · cold');
  expect(renderLog(end, french)).toBe('14:05:09 m0zc1d ok · cpu 1,2 ms · total 56,8 ms · à froid');
  expect(renderLog({ ...end, outcome: 'exception', text: 'Error: x' }, english)).toMatch(/exception .*\nError: x$/);
});

test('a gap says why lines are missing, and how many where it is known', () => {
  expect(renderGap({ v: 1, reason: 'slow-reader', dropped: 12 }, english)).toContain('12 lines were dropped');
  expect(renderGap({ v: 1, reason: 'bus-disconnected', dropped: null }, english)).toContain('lines may be missing');
});
