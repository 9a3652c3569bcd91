/** The templates of `sovfn init`, as they lie in `templates/`: real functions with real tests. */
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PlainMessageKey } from '../language.ts';

export interface Template {
  readonly summary: PlainMessageKey;
  /** Packages that its code imports, with the version that goes into package.json where none is installed. */
  readonly packages: Readonly<Record<string, string>>;
}

export const TEMPLATES = {
  http: { summary: 'init.template.http', packages: {} },
  hono: { summary: 'init.template.hono', packages: { hono: '4.13.19' } },
  webhook: { summary: 'init.template.webhook', packages: {} },
  schedule: { summary: 'init.template.schedule', packages: {} },
  queue: { summary: 'init.template.queue', packages: {} },
  pdf: { summary: 'init.template.pdf', packages: { 'pdf-lib': '1.17.1' } },
} as const satisfies Readonly<Record<string, Template>>;
export type TemplateName = keyof typeof TEMPLATES;
export const TEMPLATE_NAMES = Object.keys(TEMPLATES) as readonly TemplateName[];

export interface TemplateFile {
  /** Relative to the function's folder. */
  readonly path: string;
  readonly content: string;
}

const FOLDER = fileURLToPath(new URL('../../templates', import.meta.url));
const COMMON = 'common';
const NAME_IN_TEMPLATES = '"name": "template"';
/** npm leaves files of this name out of packages. */
const STORED_NAMES: Readonly<Record<string, string>> = { gitignore: '.gitignore' };

/** Files of a new function, by path. */
export async function readTemplate(template: TemplateName, name: string): Promise<TemplateFile[]> {
  const files = [...(await readFolder(COMMON)), ...(await readFolder(template))];
  return files
    .map(({ path, content }) => ({
      path: STORED_NAMES[path] ?? path,
      content: content.replace(NAME_IN_TEMPLATES, `"name": "${name}"`),
    }))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

async function readFolder(folder: string): Promise<TemplateFile[]> {
  const root = join(FOLDER, folder);
  const files: TemplateFile[] = [];
  for await (const entry of glob('**/*', { cwd: root, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const absolute = join(entry.parentPath, entry.name);
    files.push({ path: absolute.slice(root.length + 1), content: await readFile(absolute, 'utf8') });
  }
  return files;
}
