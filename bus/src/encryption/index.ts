/** Encryption at rest: the format, and where keys come from. Needs no client library, so cells may load it. */
export { DataKey, type DataKeySource, withKey } from './data-key.ts';
export { isSealed } from './format.ts';
export { type GivenKey, HeldKeys } from './held-keys.ts';
export { keyOfPiece, open, openPiece, PIECE_OVERHEAD, seal, sealPiece } from './sealed-piece.ts';
export { CHUNK_BYTES, openStream, sealedStreamBytes, sealStream, StreamSealer } from './sealed-stream.ts';
