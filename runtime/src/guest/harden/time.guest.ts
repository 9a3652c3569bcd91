/**
 * Makes every clock of the language show the entry's time: `Date`, `Temporal.Now` and what `Intl.DateTimeFormat` formats
 * when it is given no date. (`performance` is made on the same clock.) The intrinsics stay in this closure.
 */
import { currentTime } from '../core/clock.guest.ts';
import {
  defineProperty,
  getOwnPropertyDescriptor,
  ownKeys,
  reflectApply,
  reflectConstruct,
} from '../core/primordials.guest.ts';

type AnyFunction = (...args: never[]) => unknown;

export function closeClocks(): void {
  replaceDate();
  replaceDateTimeFormatDefaults();
}

/** `Temporal` is made when it is looked at first, so its clock waits until it is known whether the function wants it. */
export function closeTemporal(isWanted: boolean): void {
  if (isWanted) replaceTemporalNow();
  else delete (globalThis as Record<string, unknown>)['Temporal'];
}

function wholeMilliseconds(): number {
  return Math.floor(currentTime());
}

function replaceDate(): void {
  const Intrinsic = Date;
  const { prototype } = Intrinsic;
  const { toString } = prototype;
  const EntryDate = function (...args: unknown[]): Date | string {
    if (new.target === undefined) return reflectApply(toString, new Intrinsic(wholeMilliseconds()), []);
    const target = (new.target as unknown) === EntryDate ? Intrinsic : (new.target as unknown as typeof Intrinsic);
    return reflectConstruct(Intrinsic, args.length === 0 ? [wholeMilliseconds()] : args, target) as Date;
  };
  for (const key of ownKeys(Intrinsic)) {
    if (key !== 'prototype') defineProperty(EntryDate, key, getOwnPropertyDescriptor(Intrinsic, key)!);
  }
  defineMethod(EntryDate, 'now', wholeMilliseconds);
  defineProperty(EntryDate, 'prototype', { value: prototype, writable: false, enumerable: false, configurable: false });
  defineProperty(prototype, 'constructor', { value: EntryDate, writable: true, configurable: true, enumerable: false });
  defineProperty(globalThis, 'Date', { value: EntryDate, writable: true, configurable: true, enumerable: false });
}

function replaceTemporalNow(): void {
  const { Instant, Now } = Temporal;
  const { fromEpochMilliseconds } = Instant;
  const { timeZoneId } = Now;
  const toZoned = Instant.prototype.toZonedDateTimeISO as AnyFunction;
  const instant = () =>
    reflectApply<unknown, [number], Temporal.Instant>(fromEpochMilliseconds, Instant, [wholeMilliseconds()]);
  const zoned = (zone: unknown = timeZoneId()): Temporal.ZonedDateTime =>
    reflectApply(toZoned, instant(), [zone] as never) as Temporal.ZonedDateTime;
  const members = Temporal.ZonedDateTime.prototype;
  const { toPlainDateTime, toPlainDate, toPlainTime } = members as unknown as Record<string, AnyFunction>;
  defineMethod(Now, 'instant', instant);
  defineMethod(Now, 'zonedDateTimeISO', (zone) => zoned(zone));
  defineMethod(Now, 'plainDateTimeISO', (zone) => reflectApply(toPlainDateTime!, zoned(zone), []));
  defineMethod(Now, 'plainDateISO', (zone) => reflectApply(toPlainDate!, zoned(zone), []));
  defineMethod(Now, 'plainTimeISO', (zone) => reflectApply(toPlainTime!, zoned(zone), []));
}

/** `formatRange` needs both its dates, so only `format` and `formatToParts` know "now". */
function replaceDateTimeFormatDefaults(): void {
  const prototype = Intl.DateTimeFormat.prototype;
  const boundFormat = getOwnPropertyDescriptor(prototype, 'format')!.get! as AnyFunction;
  const formatToParts = prototype.formatToParts as AnyFunction;
  const formats = new WeakMap<object, AnyFunction>();
  const { get, set } = WeakMap.prototype as { get: AnyFunction; set: AnyFunction };
  const entryFormat = function (this: object): AnyFunction {
    const native = reflectApply(boundFormat, this, []) as AnyFunction;
    const known = reflectApply(get, formats, [native] as never) as AnyFunction | undefined;
    if (known !== undefined) return known;
    const format = (date?: unknown): unknown => reflectApply(native, undefined, [dateOrNow(date)] as never);
    defineProperty(format, 'name', { value: '', configurable: true });
    defineProperty(format, 'length', { value: 1, configurable: true });
    reflectApply(set, formats, [native, format] as never);
    return format;
  };
  defineProperty(entryFormat, 'name', { value: 'get format', configurable: true });
  defineProperty(prototype, 'format', { get: entryFormat as never });
  const replacement = {
    formatToParts(date: unknown): unknown {
      return reflectApply(formatToParts, this, [dateOrNow(date)] as never);
    },
  };
  defineMethod(prototype, 'formatToParts', replacement.formatToParts);
}

/** Only undefined means "now"; null is the year 1970, as everywhere in the language. */
function dateOrNow(date: unknown): unknown {
  return date === undefined ? wholeMilliseconds() : date;
}

function defineMethod(target: object, name: string, method: (this: unknown, ...args: unknown[]) => unknown): void {
  const { length } = getOwnPropertyDescriptor(target, name)!.value as AnyFunction;
  defineProperty(method, 'name', { value: name, configurable: true });
  defineProperty(method, 'length', { value: length, configurable: true });
  defineProperty(target, name, { value: method, writable: true, configurable: true, enumerable: false });
}
