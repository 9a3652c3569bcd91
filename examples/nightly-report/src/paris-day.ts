const PARIS = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Paris', dateStyle: 'short' });
const DAY_MS = 86_400_000;

/** The date in Paris at an instant, as `2026-10-25`. */
export function parisDay(instant: number): string {
  return PARIS.format(instant);
}

/** The day before: of the calendar, so that days of 23 or 25 hours count as one. */
export function dayBefore(day: string): string {
  return new Date(Date.parse(`${day}T00:00Z`) - DAY_MS).toISOString().slice(0, day.length);
}
