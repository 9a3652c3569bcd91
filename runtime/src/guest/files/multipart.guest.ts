/**
 * multipart/form-data (RFC 7578, as the Fetch and HTML Standards read and write it).
 *
 * Hostile: the bytes come from the caller. Anything that does not fit the format is a TypeError; nothing is guessed.
 */
import { type Bytes, joinBytes } from '../core/bytes.guest.ts';
import { randomBytes } from '../crypto/random-pool.guest.ts';
import { decodeUtf8WithoutBom, encodeUtf8 } from '../encoding/utf8.guest.ts';
import { bytesOf, fileOf } from './blob.guest.ts';
import { entriesOf, FormData, type FormEntry } from './form-data.guest.ts';

const DASH = 0x2d;
const CRLF = encodeUtf8('\r\n');
const BOUNDARY_BYTES = 16;

export function serializeMultipart(form: FormData): { bytes: Bytes; type: string } {
  const boundary = `----sovfn${randomBytes(BOUNDARY_BYTES).toHex()}`;
  const pieces: Bytes[] = [];
  for (const entry of entriesOf(form)) pieces.push(...serializeEntry(entry, boundary));
  pieces.push(encodeUtf8(`--${boundary}--\r\n`));
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return { bytes: joinBytes(pieces, size), type: `multipart/form-data; boundary=${boundary}` };
}

function serializeEntry([name, value]: FormEntry, boundary: string): Bytes[] {
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(toCrlf(name))}"`;
  if (typeof value === 'string') return [encodeUtf8(`${head}\r\n\r\n${toCrlf(value)}\r\n`)];
  const type = value.type === '' ? 'application/octet-stream' : value.type;
  const fileHead = `${head}; filename="${escapeName(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`;
  return [encodeUtf8(fileHead), bytesOf(value), CRLF];
}

function toCrlf(text: string): string {
  return text.replace(/\r\n|\r|\n/g, '\r\n');
}

function escapeName(name: string): string {
  return name.replaceAll('\n', '%0A').replaceAll('\r', '%0D').replaceAll('"', '%22');
}

export function parseMultipart(bytes: Bytes, boundary: string): FormData {
  const delimiter = encodeUtf8(`--${boundary}`);
  const bodyEnd = encodeUtf8(`\r\n--${boundary}`);
  const form = new FormData();
  let at = 0;
  while (startsWith(bytes, CRLF, at)) at += 2;
  for (;;) {
    if (!startsWith(bytes, delimiter, at)) throw malformed('a part does not begin with the boundary');
    at += delimiter.length;
    if (bytes[at] === DASH && bytes[at + 1] === DASH) return form;
    if (!startsWith(bytes, CRLF, at)) throw malformed('a boundary is not followed by a line break');
    const head = parseHead(bytes, at + 2);
    const end = find(bytes, bodyEnd, head.end);
    if (end === -1) throw malformed('a part has no end');
    entriesOf(form).push(makeEntry(head, bytes.slice(head.end, end)));
    at = end + 2;
  }
}

interface PartHead {
  readonly name: string;
  readonly filename: string | null;
  readonly type: string | null;
  /** Where the content begins. */
  readonly end: number;
}

function makeEntry({ name, filename, type }: PartHead, content: Bytes): FormEntry {
  if (filename === null) return [name, decodeUtf8WithoutBom(content)];
  return [name, fileOf(content, (type ?? 'text/plain').toLowerCase(), filename)];
}

function parseHead(bytes: Bytes, start: number): PartHead {
  let disposition: { name: string; filename: string | null } | null = null;
  let type: string | null = null;
  let at = start;
  while (!startsWith(bytes, CRLF, at)) {
    const end = find(bytes, CRLF, at);
    if (end === -1) throw malformed('the head of a part has no end');
    const line = decodeUtf8WithoutBom(bytes.subarray(at, end));
    const colon = line.indexOf(':');
    if (colon <= 0) throw malformed('the head of a part has a line without a name');
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'content-disposition') disposition = parseDisposition(value);
    else if (name === 'content-type') type = value;
    at = end + 2;
  }
  if (disposition === null) throw malformed('a part has no content-disposition');
  return { ...disposition, type, end: at + 2 };
}

const PARAMETER = /^;\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:"([^"]*)"|([^;\s"]+))\s*/;

function parseDisposition(value: string): { name: string; filename: string | null } {
  if (!/^form-data(?=\s*(?:;|$))/i.test(value)) throw malformed('a content-disposition is not form-data');
  let rest = value.slice('form-data'.length).trimStart();
  let name: string | null = null;
  let filename: string | null = null;
  while (rest !== '') {
    const found = PARAMETER.exec(rest);
    if (found === null) throw malformed('a content-disposition cannot be read');
    const key = found[1]!.toLowerCase();
    const text = unescapeName(found[2] ?? found[3] ?? '');
    if (key === 'name') name = text;
    else if (key === 'filename') filename = text;
    rest = rest.slice(found[0].length);
  }
  if (name === null) throw malformed('a content-disposition has no name');
  return { name, filename };
}

function unescapeName(text: string): string {
  return text.replace(/%0A/gi, '\n').replace(/%0D/gi, '\r').replace(/%22/g, '"');
}

function find(bytes: Bytes, wanted: Bytes, from: number): number {
  const first = wanted[0]!;
  for (let at = bytes.indexOf(first, from); at !== -1; at = bytes.indexOf(first, at + 1)) {
    if (startsWith(bytes, wanted, at)) return at;
  }
  return -1;
}

function startsWith(bytes: Bytes, wanted: Bytes, at: number): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false;
  return true;
}

function malformed(why: string): TypeError {
  return new TypeError(`The body is not valid multipart/form-data: ${why}`);
}
