import { readFile } from 'node:fs/promises';

const PAGES = {
  en: new URL('../../docs/errors.md', import.meta.url),
  fr: new URL('../../docs/fr/errors.md', import.meta.url),
} as const;
const SECTION = /^### (\S+)\n\nStatu[st] (\d+)\. ([^]*?)(?=\n##|(?![^]))/gm;

/** What the page says of each code, as JSON for the command line, which has no docs beside it when it is installed. */
export async function errorTexts(language: keyof typeof PAGES): Promise<string> {
  const sections = (await readFile(PAGES[language], 'utf8')).matchAll(SECTION);
  const entries = [...sections].map(([, code, status, text]) => {
    return [code!, { status: Number(status), text: inOneLine(text!) }] as const;
  });
  return `${JSON.stringify(Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1))), null, 2)}\n`;
}

/** Paragraphs stay; links become their words. */
function inOneLine(markdown: string): string {
  const paragraphs = markdown.trim().split(/\n{2,}/);
  return paragraphs.map((one) => one.replaceAll('\n', ' ').replaceAll(/\[([^\]]+)\]\([^)]*\)/g, '$1')).join('\n\n');
}
