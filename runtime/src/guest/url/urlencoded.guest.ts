/** application/x-www-form-urlencoded, as the URL Standard reads and writes it. */
import { decodeUtf8, encodeUtf8 } from '../encoding/utf8.guest.ts';

const NEEDS_MORE_ENCODING = /[!'()~]|%20/g;

export function parseUrlencoded(text: string): [string, string][] {
  const pairs: [string, string][] = [];
  for (const part of text.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = equals === -1 ? part : part.slice(0, equals);
    pairs.push([decodeComponent(name), equals === -1 ? '' : decodeComponent(part.slice(equals + 1))]);
  }
  return pairs;
}

export function serializeUrlencoded(pairs: readonly (readonly [string, string])[]): string {
  let text = '';
  for (const [name, value] of pairs) {
    if (text !== '') text += '&';
    text += `${encodeComponent(name)}=${encodeComponent(value)}`;
  }
  return text;
}

function decodeComponent(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    // Not valid UTF-8, or a lone percent sign: the standard decodes what it can.
    return decodeUtf8(percentDecode(encodeUtf8(spaced)));
  }
}

function encodeComponent(text: string): string {
  return encodeURIComponent(text).replace(NEEDS_MORE_ENCODING, (found) =>
    found === '%20' ? '+' : `%${found.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function percentDecode(bytes: Uint8Array): Uint8Array {
  const output = new Uint8Array(bytes.length);
  let written = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    const value = byte === 0x25 ? hexValue(bytes[i + 1]) * 16 + hexValue(bytes[i + 2]) : NaN;
    if (value === value) i += 2;
    output[written++] = value === value ? value : byte;
  }
  return output.subarray(0, written);
}

/** NaN for what is no hexadecimal digit. */
function hexValue(byte: number | undefined): number {
  if (byte === undefined) return NaN;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : NaN;
}
