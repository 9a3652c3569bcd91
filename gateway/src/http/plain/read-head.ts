/**
 * Reads the head of a plain request: one that can be read in one way only. Everything else is left to Node's parser:
 * the grammar here is a strict part of RFC 9112's, without transfer codings, expectations, upgrades, obsolete folding,
 * repeated lengths or hosts, and with no other header about the connection than `Connection: keep-alive` or `close`.
 *
 * Guarantees: for a head that is taken, Node's parser would have found the same method, target, headers and length (a
 * property test compares them). Hostile: every byte.
 */
import { HEADER_COUNT, type HeaderBlock, HOP_BY_HOP_HEADERS } from '@sovfn/protocol';
import { DROPPED, forwardedName, NOT_IN_HEADER_VALUE } from '../header-names.ts';

export interface PlainHead {
  readonly method: string;
  /** Begins with a slash. */
  readonly url: string;
  readonly host: string;
  /** The headers that a function gets. */
  readonly block: HeaderBlock;
  /** Length of the body. */
  readonly bodyBytes: number;
  /** The caller wants no further answer on this connection. */
  readonly closes: boolean;
}

/** What a header is to whoever reads heads here; a name that is passed on or dropped is nothing special. */
const HOST = 1;
const LENGTH = 2;
const CONNECTION = 3;
const NOT_PLAIN = 4;
type Kind = 0 | typeof HOST | typeof LENGTH | typeof CONNECTION | typeof NOT_PLAIN;

interface HeaderName {
  readonly kind: Kind;
  /** As it is passed on, or DROPPED. */
  readonly name: string;
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const VERSION = ' HTTP/1.1\r\n';
const TARGET = /^\/[\x21-\x7e]*$/;
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const LENGTH_VALUE = /^(?:0|[1-9]\d{0,8})$/;
const KEEP_ALIVE = /^keep-alive$/i;
const CLOSE = /^close$/i;
const SPACE = 0x20;
const TAB = 0x09;
const LINE_END = '\r\n';
const KNOWN_NAMES = 1_000;

/** Names as callers spell them. Bounded: callers choose the names. */
const knownNames = new Map<string, HeaderName>();

/** `head`: latin1, with the line end of its last header and without the empty line. Null: it is not plain. */
export function readPlainHead(head: string): PlainHead | null {
  const methodEnd = head.indexOf(' ');
  const lineEnd = head.indexOf(LINE_END);
  const method = head.slice(0, methodEnd);
  const versionAt = lineEnd + LINE_END.length - VERSION.length;
  if (!METHODS.has(method) || versionAt <= methodEnd || !head.startsWith(VERSION, versionAt)) return null;
  const url = head.slice(methodEnd + 1, versionAt);
  if (!TARGET.test(url)) return null;
  let host: string | null = null;
  let length: string | null = null;
  let closes = false;
  let block = '';
  let count = 0;
  for (let at = lineEnd + LINE_END.length; at < head.length;) {
    const colon = head.indexOf(':', at);
    const end = head.indexOf(LINE_END, at);
    if (colon < 0 || colon > end || ++count > HEADER_COUNT) return null;
    const { kind, name } = headerName(head.slice(at, colon));
    const value = valueBetween(head, colon + 1, end);
    if (kind === NOT_PLAIN || NOT_IN_HEADER_VALUE.test(value)) return null;
    if (kind === HOST) {
      if (host !== null) return null;
      host = value;
    } else if (kind === LENGTH) {
      if (length !== null || !LENGTH_VALUE.test(value)) return null;
      length = value;
    } else if (kind === CONNECTION) {
      if (CLOSE.test(value)) closes = true;
      else if (!KEEP_ALIVE.test(value)) return null;
    }
    if (name !== DROPPED) block += `${name}\n${value}\n`;
    at = end + LINE_END.length;
  }
  return host === null ? null : { method, url, host, block, bodyBytes: Number(length ?? 0), closes };
}

function headerName(raw: string): HeaderName {
  const known = knownNames.get(raw);
  if (known !== undefined) return known;
  const name: HeaderName = { kind: NAME.test(raw) ? kindOf(raw.toLowerCase()) : NOT_PLAIN, name: forwardedName(raw) };
  if (knownNames.size < KNOWN_NAMES) knownNames.set(raw, name);
  return name;
}

function kindOf(name: string): Kind {
  if (name === 'host') return HOST;
  if (name === 'content-length') return LENGTH;
  if (name === 'connection') return CONNECTION;
  // It may ask for an asynchronous call, which reads its options from Node's headers.
  if (name === 'prefer') return NOT_PLAIN;
  return HOP_BY_HOP_HEADERS.has(name) ? NOT_PLAIN : 0;
}

/** Without the spaces and tabs around it. */
function valueBetween(head: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(head.charCodeAt(start))) start++;
  while (end > start && isBlank(head.charCodeAt(end - 1))) end--;
  return head.slice(start, end);
}

const isBlank = (code: number): boolean => code === SPACE || code === TAB;
