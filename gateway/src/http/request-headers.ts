/**
 * The header block a function gets. Guarantees: lower-case names, order and duplicates kept; no hop-by-hop header and
 * none that the platform or a proxy sets (`sovfn-*`, `nats-*`, `forwarded`, `x-forwarded-*`), so a caller cannot speak
 * in their name. The true sender is added. Hostile: every header; the HTTP parser has refused CR, LF and NUL in them.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { HEADER_COUNT, type HeaderBlock, SovfnError } from '@sovfn/protocol';
import { DROPPED, forwardedName } from './header-names.ts';
import type { PlainRequest } from './plain/plain-request.ts';

export interface RequestOrigin {
  readonly host: string;
  /** Path under which the function is mounted and which it does not see, or empty. */
  readonly basePath: string;
}

/** Tells a function where it is mounted, for links and redirects. */
const BASE_PATH_HEADER = 'sovfn-base-path';
const PLAIN_CONNECTION = /^(?:keep-alive|close)$/i;
const IPV4_IN_IPV6 = '::ffff:';

/** Throws `headers-too-large` and `bad-header`. */
export function packRequestHeaders(request: IncomingMessage, origin: RequestOrigin): HeaderBlock {
  const raw = request.rawHeaders;
  if (raw.length > HEADER_COUNT * 2) {
    throw new SovfnError('headers-too-large', `the request has more than ${HEADER_COUNT} headers`);
  }
  const named = connectionNames(request);
  let block = '';
  let hosts = 0;
  for (let i = 0; i < raw.length; i += 2) {
    const name = forwardedName(raw[i]!);
    if (name === DROPPED || named?.has(name) === true) continue;
    if (name === 'host') hosts++;
    block += `${name}\n${raw[i + 1]!}\n`;
  }
  if (hosts > 1) throw new SovfnError('bad-header', `the request has ${hosts} Host headers; exactly one is allowed`);
  return block + originHeaders(request.socket, origin);
}

/** As `packRequestHeaders`, for one whose headers have been read. */
export function plainHeaders({ block, socket }: PlainRequest, origin: RequestOrigin): HeaderBlock {
  return block + originHeaders(socket, origin);
}

function originHeaders(socket: Socket, origin: RequestOrigin): HeaderBlock {
  const sender = `x-forwarded-for\n${senderAddress(socket)}\nx-forwarded-proto\nhttp\nx-forwarded-host\n${origin.host}\n`;
  return origin.basePath === '' ? sender : `${sender}${BASE_PATH_HEADER}\n${origin.basePath}\n`;
}

function senderAddress({ remoteAddress: address = '' }: Socket): string {
  return address.startsWith(IPV4_IN_IPV6) ? address.slice(IPV4_IN_IPV6.length) : address;
}

/** Headers that the Connection header declares as hop-by-hop. */
function connectionNames(request: IncomingMessage): ReadonlySet<string> | null {
  const { connection } = request.headers;
  if (connection === undefined || PLAIN_CONNECTION.test(connection)) return null;
  return new Set(connection.split(',').map((name) => name.trim().toLowerCase()));
}
