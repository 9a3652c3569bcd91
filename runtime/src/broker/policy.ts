import { type EgressRule, EgressRules, type FunctionConfig } from '@sovfn/protocol';
import { AskError } from '../asks/ask.ts';

/** What a function may reach: what its `sovfn.jsonc` lists in `egress`, and nothing else. Made once per loaded version. */
export class EgressPolicy {
  readonly #function: string;
  readonly #rules: EgressRules;

  constructor(functionName: string, egress: FunctionConfig['egress']) {
    this.#function = functionName;
    this.#rules = new EgressRules(egress);
  }

  /** The rule that allows the URL. Throws AskError, which says what to add. */
  allow(url: URL): EgressRule {
    if (url.protocol !== 'http:' && url.protocol !== 'https:') {
      throw refusal(url, `"${url.protocol}" cannot be fetched; only http: and https: can`);
    }
    const rule = this.#rules.find(url);
    if (rule !== null) return rule;
    throw refusal(
      url,
      `egress of function "${this.#function}" does not list it. Add "${url.origin}" to "egress" in sovfn.jsonc and deploy`,
    );
  }
}

/** A rule stands against a request: nothing was sent. */
export class EgressRefused extends AskError {
  override name = 'EgressRefused';

  constructor(message: string) {
    super('TypeError', message);
  }
}

export function refusal(url: URL, reason: string): EgressRefused {
  return new EgressRefused(`fetch failed: ${url.origin === 'null' ? url.protocol : url.origin} is refused: ${reason}.`);
}
