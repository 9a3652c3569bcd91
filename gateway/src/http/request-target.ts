/**
 * What a request is for: host, path and query, checked before anything looks at them. All of it is hostile. What passes
 * is visible ASCII, has no dot segment, no control character in any spelling, and only whole percent-escapes in its
 * path: so nobody behind this point reads a path differently than the routing did. Nothing is decoded or rewritten.
 */
import type { Socket } from 'node:net';
import { SovfnError, URL_BYTES } from '@sovfn/protocol';

export interface RequestTarget {
  /** As the caller wrote it: name or address, and the port unless it is the scheme's. */
  readonly host: string;
  readonly path: string;
  /** With its `?`, or empty. */
  readonly query: string;
}

/** Paths that need no further look: no percent sign, and no segment that begins with a dot. */
const PLAIN_PATH = /^(?:\/(?:[A-Za-z0-9_~!$&'()*+,;=:@-][A-Za-z0-9._~!$&'()*+,;=:@-]*)?)+$/;
const NOT_VISIBLE = /[^\x21-\x7e]|[\\#]/;
const BROKEN_ESCAPE = /%(?![0-9A-Fa-f]{2})/;
const CONTROL_ESCAPE = /%(?:[01][0-9A-Fa-f]|7[fF])/;
const DOT_SEGMENT = /\/(?:\.|%2[eE]){1,2}(?:\/|$)/;
const HOST = /^(?:[A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;
const ABSOLUTE_FORM = /^https?:\/\/([^/?#]*)(.*)$/i;

/** What of a request says where it goes; Node's IncomingMessage is one. */
export interface Addressed {
  readonly url?: string | undefined;
  readonly headers: { readonly host?: string | undefined };
  readonly socket: Socket;
}

/** Throws `bad-url`, `url-too-long` or `bad-header` (the Host). */
export function readTarget(request: Addressed): RequestTarget {
  const url = request.url!;
  if (url.length > URL_BYTES) {
    throw new SovfnError('url-too-long', `the URL has ${url.length} bytes; at most ${URL_BYTES} are allowed`);
  }
  const host = readHost(request);
  const origin = url.charCodeAt(0) === SLASH ? url : originForm(url, host);
  const queryAt = origin.indexOf('?');
  const path = queryAt < 0 ? origin : origin.slice(0, queryAt);
  const query = queryAt < 0 ? '' : origin.slice(queryAt);
  if (!PLAIN_PATH.test(path)) assertPath(path);
  if (query !== '' && NOT_VISIBLE.test(query)) throw badUrl(query, NOT_ASCII);
  return { host, path, query };
}

const SLASH = 0x2f;
const NOT_ASCII = 'only visible ASCII without \\ and # may stand in a URL; everything else is percent-encoded';

function readHost(request: Addressed): string {
  const host = request.headers.host;
  if (host === undefined) return localHost(request);
  if (!HOST.test(host))
    throw new SovfnError('bad-header', `"${host.slice(0, 100)}" is no host name with an optional port`);
  return host;
}

/** HTTP/1.0 knows no Host header: the address that was called stands for it. */
function localHost({ socket }: Addressed): string {
  const { localAddress = '', localPort = 0 } = socket;
  return localAddress.includes(':') ? `[${localAddress}]:${localPort}` : `${localAddress}:${localPort}`;
}

/** `GET http://host/path`, as callers of a proxy write it, must name the same host as the Host header. */
function originForm(url: string, host: string): string {
  const [, authority = '', rest = ''] = ABSOLUTE_FORM.exec(url) ?? [];
  if (authority === '') throw badUrl(url, 'a request target begins with /');
  if (authority.toLowerCase() !== host.toLowerCase())
    throw badUrl(url, `its host differs from the Host header "${host}"`);
  return rest.startsWith('/') ? rest : `/${rest}`;
}

function assertPath(path: string): void {
  if (NOT_VISIBLE.test(path)) throw badUrl(path, NOT_ASCII);
  if (BROKEN_ESCAPE.test(path)) throw badUrl(path, 'a % must be followed by two hex digits');
  if (CONTROL_ESCAPE.test(path)) throw badUrl(path, 'it holds an encoded control character');
  if (DOT_SEGMENT.test(path)) throw badUrl(path, 'it holds a . or .. segment');
}

function badUrl(part: string, rule: string): SovfnError {
  return new SovfnError('bad-url', `the URL part ${JSON.stringify(part.slice(0, 200))} is not allowed: ${rule}`);
}
