import { expect, test } from 'vitest';
import { makeNextTick, type ScheduleTiming } from './next-tick.ts';
import { instantOf, isTimeZone } from './wall-clock.ts';

function ticks(timing: Partial<ScheduleTiming> & { cron: string }, after: string, count: number): string[] {
  const next = makeNextTick({ timezone: 'Europe/Paris', ...timing });
  const found: string[] = [];
  for (let at = next(Date.parse(after)); at !== null && found.length < count; at = next(at)) {
    found.push(new Date(at).toISOString().slice(0, 19));
  }
  return found;
}

test('an interval counts from 1970, so that a deploy does not move it, or from the start', () => {
  expect(ticks({ cron: 'every 90s' }, '2026-01-01T00:00:10Z', 3)).toEqual([
    ...['2026-01-01T00:01:30', '2026-01-01T00:03:00', '2026-01-01T00:04:30'],
  ]);
  const late = { cron: 'every 1h', start: '2026-06-01T09:20' };
  expect(ticks(late, '2026-01-01T00:00Z', 2)).toEqual(['2026-06-01T07:20:00', '2026-06-01T08:20:00']);
  expect(ticks(late, '2026-06-01T09:00Z', 1)).toEqual(['2026-06-01T09:20:00']);
});

test('a tick is later than the time that was asked for, by as little as a millisecond', () => {
  expect(ticks({ cron: '* * * * * *' }, '2026-01-01T00:00:00.000Z', 1)).toEqual(['2026-01-01T00:00:01']);
  expect(ticks({ cron: '* * * * * *' }, '2026-01-01T00:00:00.999Z', 1)).toEqual(['2026-01-01T00:00:01']);
  expect(ticks({ cron: 'every 1s' }, '2026-01-01T00:00:00.999Z', 1)).toEqual(['2026-01-01T00:00:01']);
  expect(ticks({ cron: 'every 1s' }, '2026-01-01T00:00:01.000Z', 1)).toEqual(['2026-01-01T00:00:02']);
});

test('start and end are themselves ticks when they fit, and after the end there are none', () => {
  const timing = { cron: '0 12 * * *', start: '2026-05-04T12:00', end: '2026-05-06T12:00+02:00' };
  expect(ticks(timing, '2026-01-01T00:00Z', 9)).toEqual([
    ...['2026-05-04T10:00:00', '2026-05-05T10:00:00', '2026-05-06T10:00:00'],
  ]);
  expect(makeNextTick({ ...timing, timezone: 'Europe/Paris' })(Date.parse('2026-05-06T10:00Z'))).toBeNull();
});

test('days of a calendar have no ticks, by the date of the schedule’s own zone', () => {
  const workdays = { cron: '0 8 * * mon-fri', except: 'fr-holidays' } as const;
  expect(ticks(workdays, '2026-05-06T00:00Z', 4)).toEqual([
    ...['2026-05-06T06:00:00', '2026-05-07T06:00:00', '2026-05-11T06:00:00', '2026-05-12T06:00:00'],
  ]);
  const everywhere = ticks({ cron: '0 8 26 12 *', except: 'fr-holidays' }, '2026-01-01T00:00Z', 1);
  expect(everywhere).toEqual(['2026-12-26T07:00:00']);
  const alsace = makeNextTick({ cron: '0 8 26 12 *', timezone: 'Europe/Paris', except: 'fr-holidays-alsace-moselle' });
  expect(alsace(Date.parse('2026-01-01T00:00Z'))).toBeNull();
});

test('an interval leaves holidays out and keeps its rhythm behind them', () => {
  const timing = { cron: 'every 7h', start: '2025-12-31T10:00Z', except: 'fr-holidays' } as const;
  expect(ticks(timing, '2025-12-31T12:00Z', 3)).toEqual([
    ...['2025-12-31T17:00:00', '2026-01-02T04:00:00', '2026-01-02T11:00:00'],
  ]);
});

test.each([
  ['2026-10-25T02:30', '2026-10-25T00:30:00.000Z'],
  ['2026-10-25T02:30+01:00', '2026-10-25T01:30:00.000Z'],
  ['2026-10-25T02:30:15Z', '2026-10-25T02:30:15.000Z'],
  ['2026-03-29T02:30', '2026-03-29T01:00:00.000Z'],
  ['2026-07-01T12:00:30', '2026-07-01T10:00:30.000Z'],
])('in Paris the time %s is %s', (text, instant) => {
  expect(new Date(instantOf(text, 'Europe/Paris')!).toISOString()).toBe(instant);
});

test.each(['2026-02-30T00:00', '2026-10-25', '02:30', '2026-10-25T25:00', '2026-10-25 02:30', 'tomorrow', ''])(
  'the text %j is no time',
  (text) => {
    expect(instantOf(text, 'Europe/Paris')).toBeNull();
  },
);

test('time zones are known by their IANA names, old ones included, and by no offset', () => {
  for (const name of ['Europe/Paris', 'UTC', 'Europe/Kiev', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5']) {
    expect([name, isTimeZone(name)]).toEqual([name, true]);
  }
  for (const name of ['', 'Paris', '+02:00', 'Europe/Lutece', 'CEST', '../etc/passwd']) {
    expect([name, isTimeZone(name)]).toEqual([name, false]);
  }
});

test('what is remembered of a timing changes no answer: asked in turn for several times, equal and other timings say the same', () => {
  const timings = [
    { cron: '30 2 * * *', timezone: 'Europe/Paris' },
    { cron: '30 2 * * *', timezone: 'UTC' },
    { cron: 'every 90s', timezone: 'UTC', start: '2026-01-01T00:00:01' },
    { cron: 'every 90s', timezone: 'UTC' },
  ];
  const times = [Date.UTC(2026, 2, 28), Date.UTC(2026, 9, 24), Date.UTC(2026, 2, 28)];
  const askEach = () => times.map((after) => timings.map((timing) => makeNextTick({ ...timing })(after)));
  const first = askEach();
  expect(askEach()).toEqual(first);
  expect(first[0]).toEqual(first[2]);
  expect(new Set(first[0]).size).toBe(timings.length);
});
