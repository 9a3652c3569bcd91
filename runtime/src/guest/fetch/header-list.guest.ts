/** Lists of headers: pairs in order, names in lower case. Checks names and values as the Fetch Standard asks. */
import { byteString } from '../core/webidl.guest.ts';

export type HeaderList = [string, string][];

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** What no value may have: with one of these a header could become two. */
const FORBIDDEN_IN_VALUE = /[\0\r\n]/;
const SURROUNDING_SPACE = /^[\t\r\n ]+|[\t\r\n ]+$/g;
const HAS_SURROUNDING_SPACE = /^[\t\r\n ]|[\t\r\n ]$/;

/** Lower case. Throws TypeError when `name` is no header name. */
export function headerName(name: unknown, what: string): string {
  const text = byteString(name, `${what}: the header name`);
  if (!TOKEN.test(text)) throw new TypeError(`${what}: "${text}" is not a valid header name`);
  return text.toLowerCase();
}

/** Without surrounding white space. Throws TypeError when `value` is no header value. */
export function headerValue(value: unknown, what: string): string {
  const text = byteString(value, `${what}: the header value`);
  const trimmed = HAS_SURROUNDING_SPACE.test(text) ? text.replace(SURROUNDING_SPACE, '') : text;
  if (FORBIDDEN_IN_VALUE.test(trimmed)) throw new TypeError(`${what}: the header value has a line break or NUL`);
  return trimmed;
}

/** The combined value, or null. `name` is lower case. */
export function getHeader(list: HeaderList, name: string): string | null {
  let combined: string | null = null;
  for (let i = 0; i < list.length; i++) {
    const [key, value] = list[i]!;
    if (key === name) combined = combined === null ? value : `${combined}, ${value}`;
  }
  return combined;
}

/** Sorted by name and combined, but for `set-cookie`, of which each stands alone. */
export function sortAndCombine(list: HeaderList): HeaderList {
  const combined = new Map<string, string>();
  const cookies: HeaderList = [];
  for (const [name, value] of list) {
    if (name === 'set-cookie') cookies.push([name, value]);
    else combined.set(name, combined.has(name) ? `${combined.get(name)}, ${value}` : value);
  }
  const pairs: HeaderList = [...combined, ...cookies];
  return pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** The list of a header block of the bridge: `name\nvalue\n…`. */
export function parseHeaderBlock(block: string): HeaderList {
  const list: HeaderList = [];
  let at = 0;
  while (at < block.length) {
    const nameEnd = block.indexOf('\n', at);
    const valueEnd = block.indexOf('\n', nameEnd + 1);
    if (nameEnd === -1 || valueEnd === -1) break;
    list[list.length] = [block.slice(at, nameEnd), block.slice(nameEnd + 1, valueEnd)];
    at = valueEnd + 1;
  }
  return list;
}

export function toHeaderBlock(list: HeaderList): string {
  let block = '';
  for (let i = 0; i < list.length; i++) block += `${list[i]![0]}\n${list[i]![1]}\n`;
  return block;
}
