/** Compares results with expectations, in both directions. */
import type { PageResult } from '../run/result.ts';
import { type Expectations, reasonOf } from './expectations.ts';

export interface Surprise {
  readonly page: string;
  readonly subtest: string;
  readonly what: 'failed' | 'passed' | 'is expected to fail, and does not exist';
  readonly message: string | null;
}

/** Empty when everything is as expected. */
export function findSurprises(results: readonly PageResult[], expectations: Expectations): readonly Surprise[] {
  const pages = new Map(results.map(({ page, subtests }) => [page, new Set(subtests.map(({ name }) => name))]));
  return [...results.flatMap((result) => surprisesOf(result, expectations)), ...missing(pages, expectations)];
}

function surprisesOf({ page, subtests }: PageResult, { failing }: Expectations): Surprise[] {
  const reasons = failing[page] ?? {};
  return subtests
    .filter(({ name, isPassed }) => isPassed === (reasonOf(reasons, name) !== null))
    .map(({ name, isPassed, message }) => ({ page, subtest: name, what: isPassed ? 'passed' : 'failed', message }));
}

/** What is expected of pages and subtests that are no longer there. */
function missing(pages: ReadonlyMap<string, ReadonlySet<string>>, { failing }: Expectations): Surprise[] {
  return Object.entries(failing).flatMap(([page, reasons]) => {
    const present = pages.get(page);
    const names = Object.values(reasons).flatMap((given) => (given === 'all' ? ['all'] : given));
    return names
      .filter((name) => present === undefined || (name !== 'all' && !present.has(name)))
      .map((subtest) => ({ page, subtest, what: 'is expected to fail, and does not exist', message: null }));
  });
}
