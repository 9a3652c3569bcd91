/** Stand in for what whatwg-url's parser depends on: its own tables for IDNA and encodings are 400 KB. */
import { host } from '../core/host.guest.ts';
import { decodeUtf8, encodeUtf8 } from '../encoding/utf8.guest.ts';

/** For tr46. The host has the tables; null means invalid, as it does there. */
export function toASCII(domain: string, options: { readonly useSTD3ASCIIRules: boolean }): string | null {
  const ascii = host.domainToAscii(domain, options.useSTD3ASCIIRules);
  return ascii === '' && domain !== '' ? null : ascii;
}

/** For @exodus/bytes/whatwg.js. The URL classes have no other encoding than UTF-8. */
export function percentEncodeAfterEncoding(_encoding: string, input: string, percentEncodeSet: string): string {
  let output = '';
  for (const byte of encodeUtf8(input)) {
    const character = String.fromCharCode(byte);
    const isKept = byte > 0x1f && byte < 0x7f && !percentEncodeSet.includes(character);
    output += isKept ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return output;
}

/** For its encoding module. */
export const utf8Encode = encodeUtf8;

export function utf8DecodeWithoutBOM(bytes: Uint8Array): string {
  return decodeUtf8(bytes);
}
