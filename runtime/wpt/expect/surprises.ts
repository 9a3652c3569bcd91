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
  return results.flatMap((result) => [...surprisesOf(result, expectations), ...missingOf(result, expectations)]);
}

function surprisesOf({ page, subtests }: PageResult, { failing }: Expectations): Surprise[] {
  const reasons = failing[page] ?? {};
  return subtests
    .filter(({ name, isPassed }) => isPassed === (reasonOf(reasons, name) !== null))
    .map(({ name, isPassed, message }) => ({ page, subtest: name, what: isPassed ? 'passed' : 'failed', message }));
}

function missingOf({ page, subtests }: PageResult, { failing }: Expectations): Surprise[] {
  const present = new Set(subtests.map(({ name }) => name));
  return Object.values(failing[page] ?? {})
    .flatMap((names) => (names === 'all' ? [] : names))
    .filter((name) => !present.has(name))
    .map((subtest) => ({ page, subtest, what: 'is expected to fail, and does not exist', message: null }));
}
