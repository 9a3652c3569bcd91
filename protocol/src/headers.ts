/**
 * Headers between processes: one latin1 text, `name\nvalue\n` for each header in order, duplicates kept. One string is
 * written, sent, read and handed to the isolate whole; it is split only by whoever looks at a header.
 * Names are lower case. A line feed cannot be part of a name or a value: HTTP forbids it and `packHeaders` refuses it.
 */
export type HeaderBlock = string;

/** Answer headers that name what ran the call. */
export const ANSWER_HEADERS = {
  invocation: 'sovfn-invocation',
  version: 'sovfn-version',
  node: 'sovfn-node',
  zone: 'sovfn-zone',
  outcome: 'sovfn-outcome',
  limit: 'sovfn-limit',
  timing: 'server-timing',
} as const;

/** Request header that says that the function's owner made the call, through the control API: `owner`. */
export const CALLER_HEADER = 'sovfn-caller';

/** Request headers of a call that is an attempt of an event: which, and of a batch of several queue messages which ones (`id,id`). */
export const EVENT_HEADERS = { event: 'sovfn-event', attempt: 'sovfn-attempt', batch: 'sovfn-events' } as const;

/** Prefix of headers that only the platform sets: taken from callers and from functions alike. */
export const RESERVED_HEADER_PREFIX = 'sovfn-';

/** Connection-level headers (RFC 9110 § 7.6.1): they end at each hop and never travel in a call or an answer. */
export const HOP_BY_HOP_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  'http2-settings',
]);

/** Packs `[name, value, name, value, …]`. Throws RangeError if a line feed would split a header in two. */
export function packHeaders(flat: readonly string[]): HeaderBlock {
  let block = '';
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const name = flat[i]!;
    const value = flat[i + 1]!;
    if (name.includes('\n') || value.includes('\n')) throw new RangeError(`header "${name}" holds a line feed`);
    block += `${name.toLowerCase()}\n${value}\n`;
  }
  return block;
}

/** Splits a block into `[name, value, name, value, …]`. Throws RangeError when it is cut off or has an odd part. */
export function unpackHeaders(block: HeaderBlock): string[] {
  if (block === '') return [];
  const flat = block.split('\n');
  if (flat.pop() !== '' || flat.length % 2 !== 0) throw new RangeError('the header block is incomplete');
  return flat;
}

/** Value of the first header of that name (lower case), or null. */
export function findHeader(block: HeaderBlock, name: string): string | null {
  for (let at = 0; at < block.length;) {
    const nameEnd = block.indexOf('\n', at);
    const end = nameEnd === -1 ? -1 : block.indexOf('\n', nameEnd + 1);
    if (end === -1) return null;
    if (nameEnd - at === name.length && block.startsWith(name, at)) return block.slice(nameEnd + 1, end);
    at = end + 1;
  }
  return null;
}
