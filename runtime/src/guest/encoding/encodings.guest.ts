/** Lazy part: the encodings other than UTF-8, with their labels. */
import { normalizeEncoding, TextDecoder } from '@exodus/bytes/encoding-lite.js';
import { createMultibyteDecoder } from '@exodus/bytes/multi-byte.js';

const MULTI_BYTE: readonly string[] = ['big5', 'euc-jp', 'euc-kr', 'gb18030', 'gbk', 'iso-2022-jp', 'shift_jis'];

interface Decoder {
  decode(bytes: Uint8Array, isLast: boolean): string;
}

/** The lower-case name of a label's encoding, or null when the Encoding Standard knows none that decodes. */
export function encodingOfLabel(label: string): string | null {
  const name = normalizeEncoding(label);
  return name === 'replacement' ? null : name;
}

export function makeDecoder(encoding: string, isFatal: boolean, ignoreBom: boolean): Decoder {
  if (MULTI_BYTE.includes(encoding)) {
    const decode = createMultibyteDecoder(encoding, !isFatal);
    return { decode: (bytes, isLast) => decode(bytes, !isLast) };
  }
  const decoder = new TextDecoder(encoding, { fatal: isFatal, ignoreBOM: ignoreBom });
  return { decode: (bytes, isLast) => decoder.decode(bytes, { stream: !isLast }) };
}
