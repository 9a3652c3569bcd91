/** Runs one area and judges it. */
import { type Expectations, readExpectations } from '../expect/expectations.ts';
import { findSurprises, type Surprise } from '../expect/surprises.ts';
import { readTestFiles, type TestFile } from '../suite/test-file.ts';
import { type RunOptions, runPages } from './children.ts';
import type { PageResult, PageTask } from './result.ts';

export interface AreaResult {
  readonly area: string;
  readonly expectations: Expectations;
  readonly files: AreaFiles;
  readonly subtests: { readonly total: number; readonly passed: number };
  readonly pages: readonly PageResult[];
  readonly surprises: readonly Surprise[];
}

export interface AreaFiles {
  /** Files that apply, those that are skipped too. */
  readonly total: number;
  readonly skipped: number;
  /** Files of which at least one subtest failed. */
  readonly withFailures: number;
}

export async function runArea(suite: string, area: string, options: RunOptions): Promise<AreaResult> {
  const expectations = await readExpectations(area);
  const files = await readTestFiles(suite, area);
  const tasks = files
    .flatMap((file) => tasksOf(suite, file))
    .filter(({ page, path }) => !isSkipped(expectations, page, path));
  const pages = await runPages(tasks, options);
  const subtests = pages.flatMap((page) => page.subtests);
  const run = new Set(tasks.map(({ path }) => path));
  const failed = new Set(pages.filter(hasFailure).map(({ page }) => page.split('?')[0]));
  return {
    area,
    expectations,
    files: { total: files.length, skipped: files.length - run.size, withFailures: failed.size },
    subtests: { total: subtests.length, passed: subtests.filter(({ isPassed }) => isPassed).length },
    pages,
    surprises: findSurprises(pages, expectations),
  };
}

function tasksOf(suite: string, { path, scripts, variants }: TestFile): PageTask[] {
  return variants.map((variant) => ({ suite, page: `${path}${variant}`, path, variant, scripts: [...scripts] }));
}

function isSkipped({ skipped }: Expectations, page: string, path: string): boolean {
  return Object.hasOwn(skipped, page) || Object.hasOwn(skipped, path);
}

function hasFailure({ subtests }: PageResult): boolean {
  return subtests.some(({ isPassed }) => !isPassed);
}
