/** Lines for a terminal. */
import type { Surprise } from '../expect/surprises.ts';
import type { AreaResult } from '../run/area.ts';
import type { PageResult } from '../run/result.ts';

const MOST_SURPRISES = 50;
const MESSAGE_LENGTH = 300;

export function areaLine({ area, files, subtests, surprises }: AreaResult): string {
  const rate = `${subtests.passed}/${subtests.total} subtests (${percentage(subtests)})`;
  const clean = `${files.total - files.withFailures - files.skipped} of ${files.total} files clean`;
  const surprising = surprises.length === 0 ? 'as expected' : `${surprises.length} not as expected`;
  return `${area.padEnd(18)} ${rate.padEnd(36)} ${clean.padEnd(26)} ${surprising}`;
}

/** Rounded down: 100 % means all. */
export function percentage({ passed, total }: { readonly passed: number; readonly total: number }): string {
  return total === 0 ? '–' : `${(Math.floor((passed / total) * 1000) / 10).toFixed(1)} %`;
}

export function surpriseLines(surprises: readonly Surprise[]): string {
  const lines = surprises
    .slice(0, MOST_SURPRISES)
    .map(({ page, subtest, what, message }) => `  ${page}: ${JSON.stringify(subtest)} ${what}${because(message)}\n`);
  const more = surprises.length > MOST_SURPRISES ? `  … and ${surprises.length - MOST_SURPRISES} more\n` : '';
  return lines.join('') + more;
}

export function failureLines(pages: readonly PageResult[]): string {
  const lines = pages.flatMap(({ page, subtests }) =>
    subtests
      .filter(({ isPassed }) => !isPassed)
      .map(({ name, message }) => `  ${page}: ${JSON.stringify(name)}${because(message)}\n`),
  );
  return lines.join('');
}

function because(message: string | null): string {
  return message === null ? '' : `: ${message.replaceAll('\n', ' ').slice(0, MESSAGE_LENGTH)}`;
}
