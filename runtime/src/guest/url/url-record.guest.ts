/**
 * URL records of the URL Standard. URLs that are written as they would be serialized, which most are, are taken apart
 * here; all others go to the full parser, which is evaluated when the first of them comes.
 */
import type { UrlRecord } from 'whatwg-url/lib/url-state-machine.js';
import { urlParser } from '../core/lazy-parts.guest.ts';

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };

const OCTET = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
/** A last label that begins with a letter is no number, so the host is a name; or an address in its usual form. */
const HOST = `(?:[a-z0-9-]+\\.)*[a-z][a-z0-9-]*|(?:${OCTET}\\.){3}${OCTET}`;
/** What each part may have without anything to encode. */
const PATH = "/[!$%&'()*+,\\-./0-9:;=@A-Z\\[\\]_a-z|~]*";
const QUERY = '[!$%&()*+,\\-./0-9:;=?@A-Z\\[\\\\\\]^_`a-z{|}~]*';
const FRAGMENT = "[!#$%&'()*+,\\-./0-9:;=?@A-Z\\[\\\\\\]^_a-z{|}~]*";
const REST = `(${PATH})?(?:\\?(${QUERY}))?(?:#(${FRAGMENT}))?$`;

const PLAIN_URL = new RegExp(`^(https?)://(${HOST})(?::([1-9][0-9]{0,4}))?${REST}`);
const PLAIN_PATH = new RegExp(`^(?!//)${REST}`);
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?:\/|$)/i;

/** Null when `input` is no valid URL. */
export function parseUrl(input: string, base: UrlRecord | null = null): UrlRecord | null {
  const record = base === null ? parsePlainUrl(input) : (parsePlainUrl(input) ?? parsePlainPath(input, base));
  return record ?? urlParser.get().basicURLParse(input, { baseURL: base });
}

export function serializeUrl(url: UrlRecord): string {
  let text = `${url.scheme}:`;
  if (url.host !== null) {
    text += `//${serializeCredentials(url)}${serializeHost(url.host)}`;
    if (url.port !== null) text += `:${url.port}`;
  } else if (typeof url.path !== 'string' && url.path.length > 1 && url.path[0] === '') {
    text += '/.';
  }
  text += serializePath(url);
  if (url.query !== null) text += `?${url.query}`;
  if (url.fragment !== null) text += `#${url.fragment}`;
  return text;
}

export function serializePath({ path }: UrlRecord): string {
  if (typeof path === 'string') return path;
  return path.length === 0 ? '' : `/${path.join('/')}`;
}

export function serializeHost(host: string | number | number[]): string {
  return typeof host === 'string' ? host : urlParser.get().serializeHost(host);
}

export function serializeOrigin(url: UrlRecord): string {
  if (!(url.scheme in DEFAULT_PORTS)) return urlParser.get().serializeURLOrigin(url);
  const port = url.port === null ? '' : `:${url.port}`;
  return `${url.scheme}://${serializeHost(url.host ?? '')}${port}`;
}

/** Is this the very text that the URL it stands for serializes to? Cheap, and false when in doubt. */
export function isSerialized(text: string): boolean {
  const record = parsePlainUrl(text);
  return record !== null && serializeUrl(record) === text;
}

type PlainMatch = readonly [string, string, string, ...(string | undefined)[]];

function parsePlainUrl(input: string): UrlRecord | null {
  const match = PLAIN_URL.exec(input);
  if (match === null) return null;
  const [, scheme, host, portText, path, query, fragment] = match as unknown as PlainMatch;
  const port = portText === undefined ? null : Number(portText);
  if (port !== null && port > 65_535) return null;
  if (path !== undefined && DOT_SEGMENT.test(path)) return null;
  return {
    scheme,
    username: '',
    password: '',
    host,
    port: port === DEFAULT_PORTS[scheme] ? null : port,
    path: path === undefined ? [''] : path.slice(1).split('/'),
    query: query ?? null,
    fragment: fragment ?? null,
  };
}

function parsePlainPath(input: string, base: UrlRecord): UrlRecord | null {
  if (!(base.scheme in DEFAULT_PORTS)) return null;
  const match = PLAIN_PATH.exec(input);
  if (match === null) return null;
  const [, path, query, fragment] = match;
  if (path === undefined || DOT_SEGMENT.test(path)) return null;
  return { ...base, path: path.slice(1).split('/'), query: query ?? null, fragment: fragment ?? null };
}

function serializeCredentials({ username, password }: UrlRecord): string {
  if (username === '' && password === '') return '';
  return password === '' ? `${username}@` : `${username}:${password}@`;
}
