import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryFolder } from '@sovfn/testkit';
import { expect, test } from 'vitest';
import { english, french } from '../site/.vitepress/pages.ts';
import { buildSite } from './site.ts';

/** The generator is installed at the first time. */
const BUILD_MS = 240_000;

test(
  'the site builds, each page is in a menu, no link is dead, and a browser that shows it asks nothing of another host',
  async () => {
    await using folder = await makeTemporaryFolder('docs');
    await buildSite(folder.path);
    const files = await readdir(folder.path, { recursive: true });
    const pages = new Map<string, string>();
    for (const file of files.filter((name) => name.endsWith('.html'))) {
      pages.set(`/${file}`, await readFile(join(folder.path, file), 'utf8'));
    }
    for (const [page, text] of pages) {
      expect.soft(loadedFromElsewhere(text), page).toEqual([]);
      expect.soft(deadLinks(page, text, pages), page).toEqual([]);
    }
    const styles = await readFile(
      join(
        folder.path,
        files.find((name) => name.endsWith('.css'))!,
      ),
      'utf8',
    );
    expect(styles.match(/url\((?:["']?)(?:https?:)?\/\//g)).toBeNull();
    const links = [...JSON.stringify([english, french]).matchAll(/"link":"([^"]+)"/g)].map(([, link]) => link!);
    const inMenus = new Set(links.map((link) => (link.endsWith('/') ? `${link}index.html` : `${link}.html`)));
    const reached = [...pages.keys()].filter((page) => !/^\/(?:404|index|fr\/index|adr\/\d.*)\.html$/.test(page));
    expect([...inMenus].toSorted()).toEqual(reached.toSorted());
    for (const language of ['root', 'fr']) {
      expect(files.filter((name) => name.includes(`localSearchIndex${language}`))).toHaveLength(1);
    }
  },
  BUILD_MS,
);

/** Links may lead elsewhere; scripts, styles, pictures and frames may not come from there. */
function loadedFromElsewhere(html: string): string[] {
  const tags = html.match(/<(?:script|link|img|iframe|source)\b[^>]*>/g) ?? [];
  return tags.filter((tag) => /\b(?:src|href)="(?:https?:)?\/\//.test(tag));
}

/** To pages, and to places in pages, that are not there. */
function deadLinks(page: string, html: string, pages: ReadonlyMap<string, string>): string[] {
  const links = [...html.matchAll(/<a\b[^>]*\bhref="([^"]+)"/g)].map(([, href]) => href!);
  return links.filter((href) => {
    const { pathname, hash, host } = new URL(href, `http://docs.invalid${page}`);
    if (host !== 'docs.invalid') return false;
    const target = pages.get(pathname.endsWith('/') ? `${pathname}index.html` : pathname);
    return target === undefined || (hash !== '' && !target.includes(` id="${decodeURIComponent(hash.slice(1))}"`));
  });
}
