import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ROOT } from '../paths.ts';
import { type BarChart, drawBarChart } from './bar-chart.ts';

export const DOCS_FILE = join(ROOT, 'docs/performance.md');
const BEGIN = '<!-- figures: begin (written by npm run bench -- --write-docs) -->';
const END = '<!-- figures: end -->';

/** As the document reaches it. */
export const CHARTS = 'charts';

/** Puts a report where the document keeps its figures, and the charts of it, in place of all older ones, beside it. */
export async function writeDocs(report: string, charts: readonly BarChart[]): Promise<void> {
  const folder = join(dirname(DOCS_FILE), CHARTS);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  for (const chart of charts) await writeFile(join(folder, `${chart.name}.svg`), drawBarChart(chart));
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
