import type { CallEnd, LogEvent } from '@sovfn/protocol';
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
  zone: 'fr',
  function: 'invoice',
  version: '1'.repeat(64),
  node: 'node-1',
  time: new Date(2026, 10, 24, 14, 5, 9).toISOString(),
  invocation: '01k2v5w8q9xr3t7yb4n6m0zc1d',
  event: null,
  attempt: null,
  level: 'warn',
  text: 'no total\u001b[2J',
  end: null,
};
const ending = (of: Partial<CallEnd>, more: Partial<LogEvent> = {}): LogEvent => {
  const call = { trigger: 'http', method: 'GET', path: '/a', status: 200, outcome: 'ok' } as const;
  const end = { ...call, cpuUs: 1_234, wallUs: 56_789, cold: false, omitted: 0, events: [], ...of };
  return { ...line, text: '', ...more, end };
};

test('a line shows its local time, its call, its level, and no control characters', () => {
  expect(renderLog(line, english)).toBe('14:05:09 m0zc1d warn  no total\\u001b[2J');
  expect(renderLog({ ...line, invocation: null }, english)).toBe('14:05:09        warn  no total\\u001b[2J');
});

test('each line of an event’s run shows the event and the attempt', () => {
  const run = { event: '01k2v5w8q9xr3t7yb4n6m0zc4g', attempt: 2 };
  const head = '14:05:09 m0zc1d 01k2v5w8q9xr3t7yb4n6m0zc4g#2';
  expect(renderLog({ ...line, ...run }, english)).toBe(`${head} warn  no total\\u001b[2J`);
  expect(renderLog(ending({}, run), english)).toMatch(new RegExp(`^${head} GET /a 200 `));
});

test('the end of a call shows what it was, how it ended and what it used, as the language writes it', () => {
  const cold = ending({ cold: true });
  expect(renderLog(cold, english)).toBe(
    '14:05:09 m0zc1d GET /a 200 · cpu 1.2 ms · total 56.8 ms · cold · 111111111111 · node-1',
  );
  expect(renderLog(cold, french)).toBe(
    '14:05:09 m0zc1d GET /a 200 · cpu 1,2 ms · total 56,8 ms · à froid · 111111111111 · node-1',
  );
  expect(renderLog(ending({ outcome: 'exception', status: null }, { text: 'Error: x\n    at y' }), english)).toMatch(
    /GET \/a exception .*\nError: x\n {4}at y$/,
  );
  expect(renderLog(ending({ omitted: 12, events: ['e1', 'e2'] }), english)).toMatch(
    / · 2 events · and 12 calls that went well and logged nothing$/,
  );
});

test('a gap says why entries are missing, and how many where it is known', () => {
  expect(renderGap({ v: 1, reason: 'dropped', count: 120 }, english)).toBe('… 120 lines were dropped');
  expect(renderGap({ v: 1, reason: 'dropped', count: 120 }, french)).toBe('… 120 lignes ont été abandonnées');
  expect(renderGap({ v: 1, reason: 'unmatched', count: 3 }, english)).toContain('3 lines were passed over');
  expect(renderGap({ v: 1, reason: 'expired', count: null }, english)).toContain('lines may be missing');
  expect(renderGap({ v: 1, reason: 'bus-disconnected', count: null }, english)).toContain('lines may be missing');
});
