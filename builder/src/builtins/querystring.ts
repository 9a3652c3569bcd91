/** `node:querystring`. */
type Value = string | number | boolean | bigint | null | undefined;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
/** What is escaped. */
const ESCAPED = /[^\w!'()*.~-]+/g;

function escape(value: unknown): string {
  return String(value).replace(ESCAPED, (text) => encodeURIComponent(text.toWellFormed()));
}

/** Escapes that are not UTF-8 become U+FFFD; what is no escape stays. */
function unescape(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) =>
    decoder.decode(Uint8Array.from(escapes.slice(1).split('%'), (hex) => parseInt(hex, 16))),
  );
}

interface ParseOptions {
  readonly maxKeys?: number;
  readonly decodeURIComponent?: (text: string) => string;
}

const MAX_KEYS = 1_000;

function parse(
  text: string,
  separator = '&',
  equals = '=',
  { maxKeys = MAX_KEYS, decodeURIComponent = unescape }: ParseOptions = {},
): Record<string, string | string[]> {
  const result = Object.create(null) as Record<string, string | string[]>;
  if (typeof text !== 'string' || text === '') return result;
  const pairs = text.split(separator).filter((pair) => pair !== '');
  for (const pair of maxKeys > 0 ? pairs.slice(0, maxKeys) : pairs) {
    const at = pair.indexOf(equals);
    const decode = (part: string): string => decodeURIComponent(part.replaceAll('+', ' '));
    const name = decode(at === -1 ? pair : pair.slice(0, at));
    const value = at === -1 ? '' : decode(pair.slice(at + equals.length));
    const before = result[name];
    result[name] = before === undefined ? value : [before, value].flat();
  }
  return result;
}

interface StringifyOptions {
  readonly encodeURIComponent?: (text: string) => string;
}

function stringify(
  values: Readonly<Record<string, Value | readonly Value[]>> | null | undefined,
  separator = '&',
  equals = '=',
  { encodeURIComponent = escape }: StringifyOptions = {},
): string {
  const pairs = Object.entries(values ?? {}).flatMap(([name, value]) =>
    [value].flat().map((one) => encodeURIComponent(name) + equals + encodeURIComponent(primitive(one))),
  );
  return pairs.join(separator);
}

function primitive(value: unknown): string {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '';
  return typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint' ? String(value) : '';
}

export { parse as decode, stringify as encode, escape, parse, stringify, unescape };
