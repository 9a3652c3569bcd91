/** What a page (a test file with one of its variants) said of its subtests. Crosses from the child processes as JSON. */
import { z } from 'zod';

const subtestSchema = z.strictObject({ name: z.string(), isPassed: z.boolean(), message: z.string().nullable() });

export const pageResultSchema = z.strictObject({ page: z.string(), subtests: z.array(subtestSchema) });

export type Subtest = z.output<typeof subtestSchema>;
export type PageResult = z.output<typeof pageResultSchema>;

/** Stands for the page as a whole: it fails when the file does not load, does not finish, or breaks beside its subtests. */
export const WHOLE_PAGE = '(the file as a whole)';

export function pageFailure(message: string): Subtest {
  return { name: WHOLE_PAGE, isPassed: false, message };
}

/** A page as work for a child process. */
export const pageTaskSchema = z.strictObject({
  suite: z.string(),
  page: z.string(),
  path: z.string(),
  variant: z.string(),
  scripts: z.array(z.string()),
});
export type PageTask = z.output<typeof pageTaskSchema>;
