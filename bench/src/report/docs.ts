import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../paths.ts';

export const DOCS_FILE = join(ROOT, 'docs/performance.md');
const BEGIN = '<!-- figures: begin (written by npm run bench -- --write-docs) -->';
const END = '<!-- figures: end -->';

/** Puts a report where the document keeps its figures. */
export async function writeDocs(report: string): Promise<void> {
  await writeFile(DOCS_FILE, replaceFigures(await readFile(DOCS_FILE, 'utf8'), report));
}

/** Throws when the document has not exactly one place for figures. */
export function replaceFigures(document: string, report: string): string {
  const [before, ...afterBegin] = document.split(BEGIN);
  const [, ...afterEnd] = (afterBegin[0] ?? '').split(END);
  if (afterBegin.length !== 1 || afterEnd.length !== 1) {
    throw new Error(`the document must hold "${BEGIN}" and, behind it, "${END}", once each`);
  }
  return `${before}${BEGIN}\n\n${report}\n\n${END}${afterEnd[0]}`;
}
