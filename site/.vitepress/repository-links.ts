/**
 * Pages also link to files of the repository that are no pages (`../deploy/grafana/sovfn.json`). On the site, which does
 * not know where the repository lies, such a link is shown as the file's path.
 */
interface Token {
  readonly type: string;
  attrGet(name: string): string | null;
  attrSet(name: string, value: string): void;
}
type Render = (tokens: Token[], at: number, options: unknown, env: { relativePath: string }, self: Renderer) => string;
interface Renderer {
  renderToken(tokens: Token[], at: number, options: unknown): string;
}
interface Markdown {
  readonly renderer: { readonly rules: Record<string, Render | undefined> };
}

export function linksIntoTheRepository({ renderer: { rules } }: Markdown): void {
  const openLink = rules['link_open'];
  let isOutside = false;
  rules['link_open'] = (tokens, at, options, env, self) => {
    const path = pathOutside(tokens[at]!.attrGet('href') ?? '', env.relativePath);
    isOutside = path !== null;
    if (path !== null) return `<span class="repository-file" title="${path.replaceAll('"', '')}">`;
    return openLink === undefined ? self.renderToken(tokens, at, options) : openLink(tokens, at, options, env, self);
  };
  rules['link_close'] = (tokens, at, options, _env, self) => {
    return isOutside ? '</span>' : self.renderToken(tokens, at, options);
  };
}

/** The path in the repository of what lies outside of `docs/`; null for everything else. */
function pathOutside(href: string, page: string): string | null {
  if (!href.startsWith('.')) return null;
  const { pathname } = new URL(href, new URL(page, 'file:///repository/docs/'));
  return pathname.startsWith('/repository/docs/') ? null : pathname.replace('/repository/', '');
}
