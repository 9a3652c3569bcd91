/**
 * What is expected to fail: one file per area, `expectations/<area>.json`.
 *
 * `failing`: page → reason → names of subtests, or "all". `skipped`: page or file → reason; it is not run at all.
 * Everything else is expected to pass, and what is listed is expected to fail: either surprise fails the run.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { z } from 'zod';
import type { PageResult } from '../run/result.ts';

const reasonsSchema = z.record(z.string().min(1), z.union([z.literal('all'), z.array(z.string()).min(1)]));
const expectationsSchema = z.strictObject({
  skipped: z.record(z.string(), z.string().min(1)),
  failing: z.record(z.string(), reasonsSchema),
});

export type Expectations = z.output<typeof expectationsSchema>;
type Reasons = z.output<typeof reasonsSchema>;

/** What `--update` writes where nobody has said why yet. A test refuses it in the repository. */
export const UNEXPLAINED = 'unexplained';

/** Of an area. None yet: nothing is expected to fail. */
export async function readExpectations(area: string): Promise<Expectations> {
  try {
    return expectationsSchema.parse(JSON.parse(await readFile(fileOf(area), 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { skipped: {}, failing: {} };
    throw new Error(`${fileOf(area)} is not an expectations file: ${String(error)}`, { cause: error });
  }
}

export async function writeExpectations(area: string, expectations: Expectations): Promise<void> {
  const options = { parser: 'json', printWidth: 120 } as const;
  await writeFile(fileOf(area), await format(JSON.stringify(expectations, null, 2), options));
}

/** Expectations that a run would meet: reasons are kept where a subtest still fails, and whatever is new is unexplained. */
export function updateExpectations(old: Expectations, results: readonly PageResult[]): Expectations {
  const failing: Expectations['failing'] = {};
  for (const { page, subtests } of results) {
    const names = subtests.filter(({ isPassed }) => !isPassed).map(({ name }) => name);
    if (names.length === 0) continue;
    failing[page] = explain(old.failing[page] ?? {}, names, names.length === subtests.length);
  }
  return { skipped: old.skipped, failing };
}

function explain(old: Reasons, names: readonly string[], isAll: boolean): Reasons {
  const [first = UNEXPLAINED, ...others] = Object.keys(old);
  if (isAll && others.length === 0 && names.length > 1) return { [first]: 'all' };
  const reasons: Record<string, string[]> = {};
  for (const name of names) {
    const reason = reasonOf(old, name) ?? UNEXPLAINED;
    (reasons[reason] ??= []).push(name);
  }
  return reasons;
}

/** Null when the subtest is expected to pass. */
export function reasonOf(reasons: Reasons, name: string): string | null {
  const found = Object.entries(reasons).find(([, names]) => names === 'all' || names.includes(name));
  return found?.[0] ?? null;
}

function fileOf(area: string): string {
  return fileURLToPath(new URL(`../expectations/${area.replaceAll('/', '-')}.json`, import.meta.url));
}
