/** Figures as the tables show them: three digits that count, the unit beside them. */
const NOT_MEASURED = '–';

export function showRate(perSecond: number): string {
  return Math.round(perSecond).toLocaleString('en');
}

/** A 0 comes from a clock of whole milliseconds. */
export function showMs(milliseconds: number): string {
  if (milliseconds === 0) return '< 1 ms';
  return `${threeDigits(milliseconds)} ms`;
}

export function showMb(bytes: number | null): string {
  return bytes === null ? NOT_MEASURED : `${threeDigits(bytes / 1_000_000)} MB`;
}

export function showMib(mebibytes: number): string {
  return `${threeDigits(mebibytes)} MiB`;
}

export function showKib(kibibytes: number): string {
  return `${threeDigits(kibibytes)} KiB`;
}

export function showRatio(ratio: number | null): string {
  return ratio === null ? NOT_MEASURED : `${ratio.toFixed(2)} ×`;
}

function threeDigits(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}
