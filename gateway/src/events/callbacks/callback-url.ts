const MOST_CHARACTERS = 2_048;
const HTTP_PORT = 80;
const HTTPS_PORT = 443;

/** The rule that a callback URL breaks, whoever names it; null: none. */
export function callbackUrlProblem(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isHttp = url !== null && (url.protocol === 'https:' || url.protocol === 'http:');
  if (!isHttp || url.href.length > MOST_CHARACTERS) {
    return `it is an http or https URL of at most ${MOST_CHARACTERS} characters`;
  }
  return url.username === '' && url.password === '' ? null : 'it may hold no user name or password';
}

export function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? HTTPS_PORT : HTTP_PORT;
}
