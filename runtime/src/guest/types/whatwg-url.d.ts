/** What the guest uses of whatwg-url's parser. */

/** https://url.spec.whatwg.org/#concept-url. `host`: a string, an IPv4 address, or the pieces of an IPv6 address. */
export interface UrlRecord {
  scheme: string;
  username: string;
  password: string;
  host: string | number | number[] | null;
  port: number | null;
  /** A string when the path is opaque. */
  path: string[] | string;
  query: string | null;
  fragment: string | null;
}

export function basicURLParse(
  input: string,
  options?: { baseURL?: UrlRecord | null; url?: UrlRecord; stateOverride?: string },
): UrlRecord | null;
export function serializeURL(url: UrlRecord, excludeFragment?: boolean): string;
export function serializeURLOrigin(url: UrlRecord): string;
export function serializeHost(host: string | number | number[]): string;
export function setTheUsername(url: UrlRecord, username: string): void;
export function setThePassword(url: UrlRecord, password: string): void;
export function cannotHaveAUsernamePasswordPort(url: UrlRecord): boolean;
