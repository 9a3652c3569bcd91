import type { UrlRecord } from 'whatwg-url/lib/url-state-machine.js';
import { defineInterface } from '../core/interface.guest.ts';
import { urlParser } from '../core/lazy-parts.guest.ts';
import { requireArguments, usvString } from '../core/webidl.guest.ts';
import { parseUrl, serializeHost, serializeOrigin, serializePath, serializeUrl } from './url-record.guest.ts';
import { paramsOf, refreshParams, type URLSearchParams } from './url-search-params.guest.ts';

export class URL {
  readonly #url: UrlRecord;
  #params: URLSearchParams | null = null;

  constructor(url: unknown, base: unknown = undefined) {
    requireArguments(arguments.length, 1, 'URL');
    const input = usvString(url);
    const record = parseWithBase(input, base);
    if (record === null) throw new TypeError(`Invalid URL: ${input}`);
    this.#url = record;
  }

  static parse(url: unknown, base: unknown = undefined): URL | null {
    requireArguments(arguments.length, 1, 'URL.parse');
    const record = parseWithBase(usvString(url), base);
    return record === null ? null : new URL(serializeUrl(record));
  }

  static canParse(url: unknown, base: unknown = undefined): boolean {
    requireArguments(arguments.length, 1, 'URL.canParse');
    return parseWithBase(usvString(url), base) !== null;
  }

  get href(): string {
    return serializeUrl(this.#url);
  }

  set href(value: unknown) {
    const url = this.#url;
    const input = usvString(value);
    const record = parseUrl(input);
    if (record === null) throw new TypeError(`Invalid URL: ${input}`);
    Object.assign(url, record);
    this.#refreshParams();
  }

  get origin(): string {
    return serializeOrigin(this.#url);
  }

  get protocol(): string {
    return `${this.#url.scheme}:`;
  }

  set protocol(value: unknown) {
    this.#parsePart(`${usvString(value)}:`, 'scheme start');
  }

  get username(): string {
    return this.#url.username;
  }

  set username(value: unknown) {
    const url = this.#url;
    const username = usvString(value);
    const parser = urlParser.get();
    if (!parser.cannotHaveAUsernamePasswordPort(url)) parser.setTheUsername(url, username);
  }

  get password(): string {
    return this.#url.password;
  }

  set password(value: unknown) {
    const url = this.#url;
    const password = usvString(value);
    const parser = urlParser.get();
    if (!parser.cannotHaveAUsernamePasswordPort(url)) parser.setThePassword(url, password);
  }

  get host(): string {
    const { host, port } = this.#url;
    if (host === null) return '';
    return port === null ? serializeHost(host) : `${serializeHost(host)}:${port}`;
  }

  set host(value: unknown) {
    const host = usvString(value);
    if (typeof this.#url.path !== 'string') this.#parsePart(host, 'host');
  }

  get hostname(): string {
    const { host } = this.#url;
    return host === null ? '' : serializeHost(host);
  }

  set hostname(value: unknown) {
    const hostname = usvString(value);
    if (typeof this.#url.path !== 'string') this.#parsePart(hostname, 'hostname');
  }

  get port(): string {
    const { port } = this.#url;
    return port === null ? '' : String(port);
  }

  set port(value: unknown) {
    const url = this.#url;
    const port = usvString(value);
    if (urlParser.get().cannotHaveAUsernamePasswordPort(url)) return;
    if (port === '') url.port = null;
    else this.#parsePart(port, 'port');
  }

  get pathname(): string {
    return serializePath(this.#url);
  }

  set pathname(value: unknown) {
    const url = this.#url;
    const pathname = usvString(value);
    if (typeof url.path === 'string') return;
    url.path = [];
    this.#parsePart(pathname, 'path start');
  }

  get search(): string {
    const { query } = this.#url;
    return query === null || query === '' ? '' : `?${query}`;
  }

  set search(value: unknown) {
    const url = this.#url;
    const search = usvString(value);
    url.query = search === '' ? null : '';
    if (search !== '') this.#parsePart(search.startsWith('?') ? search.slice(1) : search, 'query');
    this.#refreshParams();
  }

  get searchParams(): URLSearchParams {
    return (this.#params ??= paramsOf(this.#url));
  }

  get hash(): string {
    const { fragment } = this.#url;
    return fragment === null || fragment === '' ? '' : `#${fragment}`;
  }

  set hash(value: unknown) {
    const url = this.#url;
    const hash = usvString(value);
    url.fragment = hash === '' ? null : '';
    if (hash !== '') this.#parsePart(hash.startsWith('#') ? hash.slice(1) : hash, 'fragment');
  }

  toString(): string {
    return serializeUrl(this.#url);
  }

  toJSON(): string {
    return serializeUrl(this.#url);
  }

  #parsePart(input: string, stateOverride: string): void {
    urlParser.get().basicURLParse(input, { url: this.#url, stateOverride });
  }

  #refreshParams(): void {
    if (this.#params !== null) refreshParams(this.#params, this.#url.query);
  }
}

defineInterface(URL, 'URL');

function parseWithBase(input: string, base: unknown): UrlRecord | null {
  if (base === undefined) return parseUrl(input);
  const baseRecord = parseUrl(usvString(base));
  return baseRecord === null ? null : parseUrl(input, baseRecord);
}
