/** What the guest uses of @exodus/bytes. (The package's own types pull in those of Node.) */
export function normalizeEncoding(label: string): string | null;

export class TextDecoder {
  constructor(label: string, options: { fatal: boolean; ignoreBOM: boolean });
  decode(input: Uint8Array, options: { stream: boolean }): string;
}

/** `isLoose`: malformed input becomes U+FFFD instead of an error. */
export function createMultibyteDecoder(
  encoding: string,
  isLoose: boolean,
): (bytes: Uint8Array, isStreaming: boolean) => string;
