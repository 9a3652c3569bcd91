/**
 * The site of `docs/`. It takes nothing from other hosts: fonts are the system's, the search index is part of the site.
 * A link to a page that is not there fails the build.
 */
import { english, french } from './pages.ts';
import { linksIntoTheRepository } from './repository-links.ts';

// The generator takes its configuration from a default export only.
export default {
  srcDir: '../docs',
  title: 'sovfn',
  description: 'Serverless functions on your own machines, under your own law.',
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  markdown: {
    languageAlias: { promql: 'sql' },
    config: linksIntoTheRepository,
  },
  themeConfig: {
    // Not every page is there in French: the switch of language leads to the first page.
    i18nRouting: false,
    search: {
      provider: 'local',
      options: { locales: { fr: { translations: french.search } } },
    },
  },
  locales: {
    root: { label: 'English', lang: 'en', themeConfig: english.theme },
    fr: { label: 'Français', lang: 'fr', description: french.description, themeConfig: french.theme },
  },
};
