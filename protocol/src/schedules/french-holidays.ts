/** The public holidays of France (article L3133-1 of the labour code), and those that Alsace-Moselle has besides. Pure. */

export const HOLIDAY_CALENDARS = ['fr-holidays', 'fr-holidays-alsace-moselle'] as const;
export type HolidayCalendar = (typeof HOLIDAY_CALENDARS)[number];

/** `month-day`: New Year, Labour Day, Victory 1945, Bastille Day, Assumption, All Saints, Armistice 1918, Christmas. */
const FIXED: ReadonlySet<string> = new Set(['1-1', '5-1', '5-8', '7-14', '8-15', '11-1', '11-11', '12-25']);
/** St Stephen's Day. */
const FIXED_ALSACE_MOSELLE = '12-26';
/** Days after Easter Sunday: Easter Monday, Ascension, Whit Monday. */
const AFTER_EASTER: ReadonlySet<number> = new Set([1, 39, 50]);
const GOOD_FRIDAY = -2;
const DAY_MS = 86_400_000;

/** `month` and `day` count from 1. */
export function isHoliday(calendar: HolidayCalendar, date: { year: number; month: number; day: number }): boolean {
  const { year, month, day } = date;
  const fixed = `${month}-${day}`;
  const fromEaster = (Date.UTC(year, month - 1, day) - easterSunday(year)) / DAY_MS;
  if (FIXED.has(fixed) || AFTER_EASTER.has(fromEaster)) return true;
  if (calendar === 'fr-holidays') return false;
  return fixed === FIXED_ALSACE_MOSELLE || fromEaster === GOOD_FRIDAY;
}

/** Midnight UTC of Easter Sunday in the Gregorian calendar, by the algorithm of Gauss as Lichtenberg completed it. */
function easterSunday(year: number): number {
  const century = Math.floor(year / 100);
  const moonCorrection = 15 + Math.floor((3 * century + 3) / 4) - Math.floor((8 * century + 13) / 25);
  const sunCorrection = 2 - Math.floor((3 * century + 3) / 4);
  const golden = year % 19;
  const firstMoon = (19 * golden + moonCorrection) % 30;
  const lastCorrection = Math.floor((firstMoon + Math.floor(golden / 11)) / 29);
  const paschalMoon = 21 + firstMoon - lastCorrection;
  const firstSunday = 7 - ((year + Math.floor(year / 4) + sunCorrection) % 7);
  const toSunday = 7 - ((paschalMoon - firstSunday) % 7);
  return Date.UTC(year, 2, paschalMoon + toSunday);
}
