/** Bytes in memory of their own: never a view of shared or resizable memory, which do not exist here. */
export type Bytes = Uint8Array<ArrayBuffer>;

export function joinBytes(pieces: readonly Uint8Array[], size: number): Bytes {
  const all = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** The buffer of exactly these bytes: itself when it has no others, else a copy. */
export function exactBuffer(bytes: Uint8Array): ArrayBuffer {
  const { buffer } = bytes;
  if (bytes.byteLength === buffer.byteLength) return buffer as ArrayBuffer;
  return buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}
