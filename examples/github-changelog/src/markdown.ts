const LONGEST = 200;

/** A text of somebody's as one line of Markdown that shows it and does nothing else. */
export function plainLine(text: string): string {
  const line = text
    .split('\n', 1)[0]!
    .replaceAll(/\p{Cc}/gu, ' ')
    .trim();
  const short = line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
  return short.replaceAll(/[\\`*_{}[\]<>#|~]/g, '\\$&');
}

/** A link, for addresses on GitHub only: the payload's are somebody's too. */
export function link(text: string, url: string): string {
  const isGitHub = URL.canParse(url) && new URL(url).origin === 'https://github.com' && !/[()\s]/.test(url);
  return isGitHub ? `[${text}](${url})` : text;
}
