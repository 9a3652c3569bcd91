import { AskError } from '../ask.ts';

/**
 * Which origins a function may reach: those its `sovfn.jsonc` lists in `egress`, and nothing else. Made once per loaded
 * version.
 */
export class EgressPolicy {
  readonly #function: string;
  readonly #origins: ReadonlySet<string>;

  /** `origins` have been checked at the deploy; one that is no origin allows nothing. */
  constructor(functionName: string, origins: readonly string[]) {
    this.#function = functionName;
    this.#origins = new Set(origins.map((text) => (URL.canParse(text) ? new URL(text).origin : text)));
  }

  /** Throws AskError, which says what to add. */
  assertAllowed(url: URL): void {
    if (url.protocol !== 'http:' && url.protocol !== 'https:') {
      throw refusal(url, `"${url.protocol}" cannot be fetched; only http: and https: can`);
    }
    if (this.#origins.has(url.origin)) return;
    throw refusal(
      url,
      `egress of function "${this.#function}" does not list it. Add "${url.origin}" to "egress" in sovfn.jsonc and deploy`,
    );
  }
}

export function refusal(url: URL, reason: string): AskError {
  return new AskError(
    'TypeError',
    `fetch failed: ${url.origin === 'null' ? url.protocol : url.origin} is refused: ${reason}.`,
  );
}
