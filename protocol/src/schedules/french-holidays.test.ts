import { expect, test } from 'vitest';
import { HOLIDAY_CALENDARS, type HolidayCalendar, isHoliday } from './french-holidays.ts';

const DAY_MS = 86_400_000;

function holidaysOf(calendar: HolidayCalendar, year: number): string[] {
  const found: string[] = [];
  for (let time = Date.UTC(year, 0, 1); time < Date.UTC(year + 1, 0, 1); time += DAY_MS) {
    const date = new Date(time);
    const of = { year, month: date.getUTCMonth() + 1, day: date.getUTCDate() };
    if (isHoliday(calendar, of)) found.push(date.toISOString().slice(5, 10));
  }
  return found;
}

/** Easter Monday, Ascension and Whit Monday, as the calendars of those years had or will have them. */
test.each([
  [2000, '04-24', '06-01', '06-12'],
  [2019, '04-22', '05-30', '06-10'],
  [2024, '04-01', '05-09', '05-20'],
  [2025, '04-21', '05-29', '06-09'],
  [2026, '04-06', '05-14', '05-25'],
  [2027, '03-29', '05-06', '05-17'],
  [2038, '04-26', '06-03', '06-14'],
  [2049, '04-19', '05-27', '06-07'],
  [2076, '04-20', '05-28', '06-08'],
])('the eleven holidays of France in %i', (year, easterMonday, ascension, whitMonday) => {
  const fixed = ['01-01', '05-01', '05-08', '07-14', '08-15', '11-01', '11-11', '12-25'];
  expect(holidaysOf('fr-holidays', year)).toEqual([...fixed, easterMonday, ascension, whitMonday].sort());
});

test('when Ascension falls on a fixed holiday, the year has ten days', () => {
  expect(holidaysOf('fr-holidays', 2008)).toEqual([
    ...['01-01', '03-24', '05-01', '05-08', '05-12', '07-14', '08-15', '11-01', '11-11', '12-25'],
  ]);
});

test.each([
  [2024, '03-29'],
  [2025, '04-18'],
  [2026, '04-03'],
  [2027, '03-26'],
])('Alsace-Moselle has Good Friday and 26 December besides, in %i', (year, goodFriday) => {
  const france = holidaysOf('fr-holidays', year);
  expect(holidaysOf('fr-holidays-alsace-moselle', year)).toEqual([...france, goodFriday, '12-26'].sort());
});

test('Easter is that of the Gregorian calendar in every year from 1900 to 2199', () => {
  for (let year = 1900; year < 2200; year++) {
    const [month, day] = easterOfMeeus(year);
    const monday = new Date(Date.UTC(year, month - 1, day + 1));
    const of = { year, month: monday.getUTCMonth() + 1, day: monday.getUTCDate() };
    for (const calendar of HOLIDAY_CALENDARS) expect([year, isHoliday(calendar, of)]).toEqual([year, true]);
    expect(holidaysOf('fr-holidays', year).length).toBeLessThanOrEqual(11);
  }
});

/** Another algorithm, of Meeus, Jones and Butcher. */
function easterOfMeeus(year: number): [number, number] {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const d = (19 * a + b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3) + 15) % 30;
  const e = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - d - (c % 4)) % 7;
  const f = d + e - 7 * Math.floor((a + 11 * d + 22 * e) / 451) + 114;
  return [Math.floor(f / 31), (f % 31) + 1];
}
