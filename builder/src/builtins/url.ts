/** `node:url`: the Web platform's URL, and the older interface for addresses that are relative. Not here: `domainToUnicode`. */
import { parse as parseQuery, stringify } from './querystring.ts';

const { URL, URLSearchParams } = globalThis;

/** What `parse` found; null where there is nothing. */
interface UrlObject {
  protocol: string | null;
  slashes: boolean | null;
  auth: string | null;
  host: string | null;
  port: string | null;
  hostname: string | null;
  hash: string | null;
  search: string | null;
  query: string | Record<string, string | string[]> | null;
  pathname: string | null;
  path: string | null;
  href: string;
}

const PARTS = /^([a-z][a-z0-9+.-]*:)?(\/\/)?(.*?)(\?[^#]*)?(#.*)?$/is;
const AUTHORITY = /^(?:(.*)@)?(\[[^\]]*\]|[^:]*)(?::(\d*))?$/s;
const HOSTED = new Set(['http:', 'https:', 'ftp:', 'ws:', 'wss:', 'file:']);

/** Splits an address without checking it: `URL` is the one that checks. */
function parse(text: string, parsesQuery = false, hasHost = false): UrlObject {
  const [, scheme, slashes, rest = '', search = null, hash = null] = PARTS.exec(text.trim().replaceAll('\\', '/'))!;
  const protocol = scheme?.toLowerCase() ?? null;
  const hasSlashes = slashes !== undefined && (protocol !== null || hasHost);
  // What is no address of the Web has a host all the same: mailto:name@host.
  const isHosted = hasSlashes || (protocol !== null && !HOSTED.has(protocol) && protocol !== 'javascript:');
  const body = slashes !== undefined && !hasSlashes ? slashes + rest : rest;
  const at = isHosted ? (body + '/').indexOf('/') : 0;
  const authority = isHosted ? parseAuthority(body.slice(0, at)) : NO_AUTHORITY;
  const isRooted = isHosted && protocol !== null && HOSTED.has(protocol);
  const pathname = body.slice(at) || (isRooted ? '/' : null);
  const query = parsesQuery ? parseQuery(search?.slice(1) ?? '') : (search?.slice(1) ?? null);
  const path = pathname === null && search === null ? null : (pathname ?? '') + (search ?? '');
  const found = { protocol, slashes: hasSlashes ? true : null, ...authority, hash, search, query, pathname, path };
  return { ...found, href: format({ ...found, query: null }) };
}

const NO_AUTHORITY = { auth: null, host: null, port: null, hostname: null };

function parseAuthority(text: string) {
  const [, auth = null, name = '', port = null] = AUTHORITY.exec(text) ?? [];
  const hostname = name.toLowerCase();
  const host = port === null ? hostname : `${hostname}:${port}`;
  return {
    auth: auth === null ? null : decodeURIComponent(auth),
    host,
    port,
    hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
  };
}

type Formattable = Partial<Omit<UrlObject, 'query'>> & {
  query?: Readonly<Record<string, string | readonly string[]>> | string | null;
};

function format(url: string | URL | Formattable): string {
  if (typeof url === 'string') return parse(url).href;
  if (url instanceof URL) return url.href;
  const protocol = url.protocol ? url.protocol.replace(/:?$/, ':') : '';
  const host = url.host ?? (url.hostname ? url.hostname + (url.port ? `:${url.port}` : '') : null);
  const auth = url.auth ? `${encodeURIComponent(url.auth).replace('%3A', ':')}@` : '';
  const hasSlashes = url.slashes === true || (host !== null && HOSTED.has(protocol));
  const queryText = typeof url.query === 'object' && url.query !== null ? stringify(url.query) : '';
  const search = url.search ?? (queryText === '' ? '' : `?${queryText}`);
  const pathname = (url.pathname ?? '').replace(/[?#]/g, encodeURIComponent);
  const rooted = host !== null && pathname !== '' && !pathname.startsWith('/') ? `/${pathname}` : pathname;
  const mark = (text: string, first: string): string => (text === '' || text.startsWith(first) ? text : first + text);
  return `${protocol}${hasSlashes ? '//' : ''}${auth}${host ?? ''}${rooted}${mark(search, '?')}${mark(url.hash ?? '', '#')}`;
}

/** A host that stands for "none" while the rest is resolved. */
const NOWHERE = 'http://nowhere.invalid';

function resolve(from: string, to: string): string {
  const base = new URL(from, NOWHERE);
  const { href } = new URL(to, base);
  if (!href.startsWith(NOWHERE)) return href;
  const path = href.slice(NOWHERE.length);
  return from.startsWith('/') || to.startsWith('/') ? path : path.slice(1);
}

function fileURLToPath(url: string | URL): string {
  const { protocol, hostname, pathname } = new URL(url);
  if (protocol !== 'file:') throw new TypeError(`The URL must be of scheme file, not ${protocol}`);
  if (hostname !== '') throw new TypeError(`The file URL must have no host, and has "${hostname}"`);
  if (/%2f/i.test(pathname)) throw new TypeError('The path of the file URL must have no escaped /');
  return decodeURIComponent(pathname);
}

function pathToFileURL(path: string): URL {
  const escaped = path.replace(/[%\\\n\r\t?#]/g, encodeURIComponent);
  return new URL(escaped.startsWith('/') ? `file://${escaped}` : `file:///${escaped}`);
}

/** The empty string when it is no domain. */
function domainToASCII(domain: string): string {
  return URL.canParse(`http://${domain}`) ? new URL(`http://${domain}`).hostname : '';
}

function urlToHttpOptions(url: URL) {
  const { protocol, hostname, hash, search, pathname, href, port, username, password } = url;
  return {
    protocol,
    hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
    hash,
    search,
    pathname,
    path: pathname + search,
    href,
    ...(port !== '' && { port: Number(port) }),
    ...((username !== '' || password !== '') && {
      auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}`,
    }),
  };
}

export { domainToASCII, fileURLToPath, format, parse, pathToFileURL, resolve, URL, URLSearchParams, urlToHttpOptions };
