/** Quantities as the user's language writes them. */
export function formatSeconds(milliseconds: number, locale: string): string {
  return `${formatNumber(milliseconds / 1_000, locale, 2)} s`;
}

export function formatMilliseconds(milliseconds: number, locale: string): string {
  return `${formatNumber(milliseconds, locale, 1)} ms`;
}

export function formatBytes(bytes: number, locale: string): string {
  if (bytes < 1_000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${formatNumber(bytes / 1_000, locale, 1)} kB`;
  if (bytes < 1_000_000_000) return `${formatNumber(bytes / 1_000_000, locale, 1)} MB`;
  return `${formatNumber(bytes / 1_000_000_000, locale, 1)} GB`;
}

/** Local date and time, to the second, in the form that sorts. */
export function formatTime(iso: string): string {
  const time = new Date(iso);
  const local = new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replace('T', ' ');
}

/** An instant as the clocks of a zone show it, with the distance from UTC: `2026-10-25 02:30 +02:00`. */
export function formatZoned(iso: string, timeZone: string): string {
  const local = Temporal.Instant.from(iso).toZonedDateTimeISO(timeZone);
  const smallestUnit = local.second === 0 ? 'minute' : 'second';
  const time = local.toPlainTime().toString({ smallestUnit });
  return `${local.toPlainDate().toString()} ${time} ${local.offset}`;
}

/** The day of the week there, in the user's language. */
export function formatZonedDay(iso: string, timeZone: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { weekday: 'short', timeZone }).format(new Date(iso));
}

const DECIMAL_SIGNS: Readonly<Record<string, string>> = { en: '.', fr: ',' };

/** Small numbers without `Intl`, whose data alone takes longer to load than most commands' own work. */
function formatNumber(value: number, locale: string, digits: number): string {
  const sign = DECIMAL_SIGNS[locale];
  if (sign !== undefined && value >= 0 && value < 999) return String(Number(value.toFixed(digits))).replace('.', sign);
  return new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value);
}
