/**
 * Puts the values of secrets in the place of their placeholders, in one request that is about to be sent.
 *
 * Guarantees: a value goes to an origin that is approved for its secret, on the hop that the function itself asked for, in
 * header values (inside Basic's base64 too) and, where the secret says so, in path and query; whatever else holds a
 * placeholder is refused before anything is sent.
 * Not guaranteed: that a placeholder is found in a streamed body, or written in another way than `env` has it: it is sent as
 * it is then, and means nothing to anybody.
 * Hostile: the request.
 */
import type { ErrorCode } from '@sovfn/protocol';
import {
  hasPlaceholder,
  placeholdersIn,
  type PlacedSecret,
  replacePlaceholders,
  type SecretFinder,
} from '../asks/placeholders.ts';
import type { BrokerAsk } from '../asks/ask.ts';
import { AnswerMask } from './answer-mask.ts';
import type { FlatHeaders } from './headers.ts';
import { EgressRefused } from './policy.ts';

export interface PlaceableRequest {
  readonly url: URL;
  readonly headers: FlatHeaders;
  readonly body: BrokerAsk['body'];
  /** The origin that redirected to another one on the way here; null: none has. */
  readonly crossedFrom: string | null;
}

export interface PlacedRequest {
  /** Path and query. */
  readonly path: string;
  readonly headers: FlatHeaders;
  /** Takes the values that were sent out of the answer. */
  readonly mask: AnswerMask;
}

const BASIC = /^(basic +)([A-Za-z0-9+/]+=*)$/i;
const HEADER_TEXT = /^[\t\x20-\x7e]*$/;

/** Throws SecretRefused. */
export function placeSecrets(request: PlaceableRequest, secrets: SecretFinder): PlacedRequest {
  const { url, headers } = request;
  const placing = new Placing(request, secrets);
  placing.assertNowhereElse();
  return {
    path: placing.path(url.pathname) + placing.query(url.search),
    headers: headers.map((part, at) => (at % 2 === 0 ? part : placing.header(headers[at - 1]!, part))),
    mask: placing.mask,
  };
}

/** A rule stands against sending a secret. `code` is of the catalogue, and stands in the message. */
class SecretRefused extends EgressRefused {
  override name = 'SecretRefused';

  constructor(code: ErrorCode, message: string) {
    super(`fetch failed (${code}): ${message}`);
  }
}

class Placing {
  readonly mask = new AnswerMask();
  readonly #request: PlaceableRequest;
  readonly #secrets: SecretFinder;

  constructor(request: PlaceableRequest, secrets: SecretFinder) {
    this.#request = request;
    this.#secrets = secrets;
  }

  /** In host, user or password, in names of headers, in a body that came whole. */
  assertNowhereElse(): void {
    const { url, headers, body } = this.#request;
    const names = headers.filter((_, at) => at % 2 === 0);
    for (const text of [url.host, url.username, url.password, ...names]) {
      const [found] = placeholdersIn(text);
      if (found !== undefined) throw this.#misplaced(this.#known(found), 'where it is never replaced');
    }
    if (!(body instanceof Uint8Array)) return;
    const inBody = placeholdersIn(Buffer.from(body.buffer, body.byteOffset, body.length).toString('latin1'));
    const secret = inBody.map((placeholder) => this.#secrets.find(placeholder)).find((found) => found !== null);
    if (secret !== undefined) throw this.#misplaced(secret, 'in its body, where it is never replaced');
  }

  /** Slashes of the value stay, as some services have keys of several segments. */
  path(path: string): string {
    return this.#inUrl(path, (value) => value.split('/').map(encodeURIComponent).join('/'));
  }

  query(query: string): string {
    return this.#inUrl(query, encodeURIComponent);
  }

  header(name: string, text: string): string {
    const [, scheme, encoded] = (name === 'authorization' ? BASIC.exec(text) : null) ?? [];
    if (scheme !== undefined && encoded !== undefined) return scheme + this.#basic(encoded);
    return replacePlaceholders(text, (placeholder) => {
      const { secret, value } = this.#approved(placeholder);
      if (HEADER_TEXT.test(value)) return this.#sent(value, placeholder);
      const { name: secretName } = secret;
      throw new SecretRefused(
        'secret-misplaced',
        `the value of secret "${secretName}" cannot stand in the header "${name}": it holds a line break or what is not ASCII. Set it anew, without a line feed at the end.`,
      );
    });
  }

  #basic(encoded: string): string {
    const credentials = Buffer.from(encoded, 'base64').toString('latin1');
    if (!hasPlaceholder(credentials)) return encoded;
    const placed = replacePlaceholders(credentials, (placeholder) => {
      const { value } = this.#approved(placeholder);
      return Buffer.from(this.#sent(value, placeholder), 'utf8').toString('latin1');
    });
    return this.#sent(Buffer.from(placed, 'latin1').toString('base64'), encoded);
  }

  #inUrl(text: string, encode: (value: string) => string): string {
    return replacePlaceholders(text, (placeholder) => {
      const { secret, value } = this.#approved(placeholder);
      if (!secret.isInUrl) {
        throw this.#misplaced(secret, 'in its URL; write "url": true at the secret if the service wants it there');
      }
      this.#sent(value, placeholder);
      return this.#sent(encode(value), placeholder);
    });
  }

  /** The value may be sent with this request. */
  #approved(placeholder: string): { readonly secret: PlacedSecret; readonly value: string } {
    const secret = this.#known(placeholder);
    const { name, value, origins } = secret;
    const { url, crossedFrom } = this.#request;
    if (crossedFrom !== null) {
      throw new SecretRefused(
        'secret-not-approved',
        `the secret "${name}" does not go to ${url.origin}, to which a redirect of ${crossedFrom} led. Fetch ${url.origin} itself if it shall have it.`,
      );
    }
    if (!secret.isFor(url)) {
      throw new SecretRefused(
        'secret-not-approved',
        `the secret "${name}" is not approved for ${url.origin}, but for ${origins.join(', ') || 'no host'}. Name the host in "hosts" of the secret in sovfn.jsonc if it shall have it, and deploy.`,
      );
    }
    if (value === null) throw new SecretRefused('secret-missing', `the secret "${name}" is no longer set.`);
    return { secret, value };
  }

  #known(placeholder: string): PlacedSecret {
    const secret = this.#secrets.find(placeholder);
    if (secret !== null) return secret;
    throw new SecretRefused(
      'secret-misplaced',
      `a request to ${this.#request.url.origin} holds a placeholder of no secret that this function has now. Placeholders are of one version on one node: read them from env in each call, and keep none.`,
    );
  }

  #misplaced({ name }: PlacedSecret, where: string): SecretRefused {
    return new SecretRefused(
      'secret-misplaced',
      `a request to ${this.#request.url.origin} holds the placeholder of secret "${name}" ${where}. Send it in the value of a header, or write "expose": true at the secret in sovfn.jsonc, so that the code has its value.`,
    );
  }

  #sent(text: string, instead: string): string {
    this.mask.add(text, instead);
    return text;
  }
}
