/** Reads what a test file says of itself in its `// META:` lines, and which files there are. */
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface TestFile {
  /** Relative to the suite, with slashes. */
  readonly path: string;
  /** Scripts to run first, relative to the suite. */
  readonly scripts: readonly string[];
  /** Query strings to run the file with; one empty one when it has none. */
  readonly variants: readonly string[];
}

/** The globals that an isolate resembles. A file for others only (`window`, `shadowrealm`) does not apply. */
const APPLICABLE_GLOBALS = ['worker', 'dedicatedworker', 'jsshell'];
const META = /^\/\/ META: (\w+)=(.*)$/gm;

/** The applicable `.any.js` files below a folder, sorted. */
export async function readTestFiles(suite: string, folder: string): Promise<readonly TestFile[]> {
  const files: TestFile[] = [];
  for await (const path of glob(`${folder}/**/*.any.js`, { cwd: suite })) {
    const file = parseTestFile(path, await readFile(join(suite, path), 'utf8'));
    if (file !== null) files.push(file);
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Null for a file that does not apply to isolates. */
export function parseTestFile(path: string, text: string): TestFile | null {
  const valuesOf = (key: string) =>
    [...text.matchAll(META)].filter((match) => match[1] === key).map((match) => match[2]!.trim());
  const globals = valuesOf('global').flatMap((value) => value.split(','));
  if (globals.length > 0 && !globals.some((name) => APPLICABLE_GLOBALS.includes(name))) return null;
  const variants = valuesOf('variant');
  return {
    path,
    scripts: valuesOf('script').map((script) => resolveInSuite(script, path)),
    variants: variants.length === 0 ? [''] : variants,
  };
}

/** A path as a test writes it, absolute in the suite or relative to its own folder; relative to the suite. */
export function resolveInSuite(path: string, from: string): string {
  return new URL(path, `http://suite/${from}`).pathname.slice(1);
}
