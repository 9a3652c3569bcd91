/** The pages of the documentation, and the pieces of code in them. */
import { glob, readFile } from 'node:fs/promises';

const ROOT = new URL('../../../', import.meta.url);
/** Written by people; what a program writes into `docs/` has a test of its own. */
const PAGES = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'deploy/*.md', 'examples/*.md', 'docs/**/*.md'];

export interface Fence {
  /** `docs/tutorial.md:12`, where an editor finds it. */
  readonly place: string;
  readonly page: string;
  readonly language: string;
  readonly code: string;
}

export interface Page {
  readonly path: string;
  readonly text: string;
  readonly fences: readonly Fence[];
}

export async function readPages(): Promise<Page[]> {
  const paths: string[] = [];
  for await (const path of glob(PAGES, { cwd: ROOT })) paths.push(path);
  return Promise.all(paths.toSorted().map(readPage));
}

/** `path` as from the root of the repository. */
export async function readPage(path: string): Promise<Page> {
  const text = await readFile(new URL(path, ROOT), 'utf8');
  const fences = [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(({ 1: language, 2: code, index }) => {
    const line = text.slice(0, index).split('\n').length;
    return { place: `${path}:${line}`, page: path, language: language!, code: code! };
  });
  return { path, text, fences };
}
