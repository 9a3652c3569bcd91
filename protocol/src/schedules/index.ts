export * from './control.ts';
export { readScheduleTimes, type ScheduleTimes } from './cron-expression.ts';
export { HOLIDAY_CALENDARS, type HolidayCalendar, isHoliday } from './french-holidays.ts';
export * from './messages.ts';
export { makeNextTick, type NextTick, type ScheduleTiming } from './next-tick.ts';
export { instantOf, isTimeZone } from './wall-clock.ts';
