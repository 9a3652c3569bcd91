/** MIME types as the MIME Sniffing and Fetch Standards read them. */

export interface MimeType {
  /** `type/subtype`, lower case. */
  readonly essence: string;
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const QUOTED_STRING_TEXT = /^[\t\x20-\x7e\x80-\xff]*$/;
const SPACE = /^[\t\n\r ]+|[\t\n\r ]+$/g;
const TRAILING_SPACE = /[\t\n\r ]+$/;
/** Pieces of a list of header values: quoted strings hold their commas. */
const LIST_ITEM = /(?:"(?:\\.|[^"\\])*"?|[^,"])+/g;

/** The MIME type of a combined content-type header, or null. */
export function extractMimeType(header: string | null): MimeType | null {
  let result: MimeType | null = null;
  let charset: string | null = null;
  for (const [item] of header?.matchAll(LIST_ITEM) ?? []) {
    const type = parseMimeType(item);
    if (type === null || type.essence === '*/*') continue;
    if (type.essence !== result?.essence) charset = type.parameters.get('charset') ?? null;
    result = charset === null ? type : withCharset(type, charset);
  }
  return result;
}

function withCharset({ essence, parameters }: MimeType, charset: string): MimeType {
  return { essence, parameters: new Map([...parameters, ['charset', parameters.get('charset') ?? charset]]) };
}

export function parseMimeType(text: string): MimeType | null {
  const input = text.replace(SPACE, '');
  const slash = input.indexOf('/');
  const semicolon = input.indexOf(';', slash);
  const end = semicolon === -1 ? input.length : semicolon;
  const type = input.slice(0, slash === -1 ? 0 : slash);
  const subtype = input.slice(slash + 1, end).replace(TRAILING_SPACE, '');
  if (!TOKEN.test(type) || !TOKEN.test(subtype)) return null;
  return { essence: `${type}/${subtype}`.toLowerCase(), parameters: parseParameters(input, end) };
}

export function serializeMimeType({ essence, parameters }: MimeType): string {
  let text = essence;
  for (const [name, value] of parameters) {
    const isToken = TOKEN.test(value);
    text += `;${name}=${isToken ? value : `"${value.replace(/["\\]/g, '\\$&')}"`}`;
  }
  return text;
}

function parseParameters(input: string, start: number): Map<string, string> {
  const parameters = new Map<string, string>();
  let at = start;
  while (at < input.length) {
    const name = /;[\t\n\r ]*([^;=]*)/y;
    name.lastIndex = at;
    const found = name.exec(input)!;
    at = name.lastIndex;
    if (input[at] !== '=') continue;
    const value = input[at + 1] === '"' ? quotedValue(input, at + 1) : plainValue(input, at + 1);
    at = value.end;
    const key = found[1]!.toLowerCase();
    const isValid = TOKEN.test(key) && value.text !== null && QUOTED_STRING_TEXT.test(value.text);
    if (isValid && !parameters.has(key)) parameters.set(key, value.text);
  }
  return parameters;
}

interface Value {
  readonly text: string | null;
  /** Position of the next semicolon, or of the end. */
  readonly end: number;
}

function plainValue(input: string, start: number): Value {
  const end = nextSemicolon(input, start);
  const text = input.slice(start, end).replace(TRAILING_SPACE, '');
  return { text: text === '' ? null : text, end };
}

function quotedValue(input: string, start: number): Value {
  let text = '';
  let at = start + 1;
  for (; at < input.length && input[at] !== '"'; at++) {
    if (input[at] === '\\' && at + 1 < input.length) at++;
    text += input[at]!;
  }
  return { text, end: nextSemicolon(input, at) };
}

function nextSemicolon(input: string, from: number): number {
  const at = input.indexOf(';', from);
  return at === -1 ? input.length : at;
}
