/** `atob` and `btoa` of HTML. */
import { fromCharCode, reflectApply } from '../core/primordials.guest.ts';
import { domString, requireArguments } from '../core/webidl.guest.ts';
import { DOMException } from '../events/dom-exception.guest.ts';

const UNITS = 4_096;

export function btoa(data: unknown): string {
  requireArguments(arguments.length, 1, 'btoa');
  const text = domString(data);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0xff) throw new DOMException('btoa: data has a character above U+00FF', 'InvalidCharacterError');
    bytes[i] = unit;
  }
  return bytes.toBase64();
}

export function atob(data: unknown): string {
  requireArguments(arguments.length, 1, 'atob');
  const bytes = forgivingDecode(domString(data));
  let text = '';
  for (let start = 0; start < bytes.length; start += UNITS) {
    text += reflectApply(fromCharCode, undefined, bytes.subarray(start, start + UNITS) as never);
  }
  return text;
}

function forgivingDecode(text: string): Uint8Array {
  try {
    return Uint8Array.fromBase64(text);
  } catch {
    throw new DOMException('atob: data is not correctly encoded base64', 'InvalidCharacterError');
  }
}
