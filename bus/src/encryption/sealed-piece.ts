/**
 * Bytes that are sealed in one piece: the head of format.ts, 12 bytes of nonce, the ciphertext, 16 bytes of tag. AES-256-GCM
 * with a random nonce; what is authenticated beside it: the head, then the place as JSON.
 *
 * Guarantees: it opens whole, under its own key, and in its own place only.
 * Not guaranteed: that it is the newest of its place, or its length being hidden. Hostile: sealed bytes.
 */
import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto';
import type { DataKeyName, SealedPlace } from '@sovfn/protocol';
import { type DataKey, type DataKeySource, withKey } from './data-key.ts';
import { CIPHER, HEAD_BYTES, NONCE_BYTES, placeBytes, readHead, TAG_BYTES, unreadable, writeHead } from './format.ts';

const TEXT_AT = HEAD_BYTES + NONCE_BYTES;
/** What sealing adds to a piece. Bytes. */
export const PIECE_OVERHEAD = TEXT_AT + TAG_BYTES;

/** Nonces are drawn by the hundred: a call for each would cost as much as the cipher. */
const drawn = Buffer.alloc(NONCE_BYTES * 256);
let used = drawn.length;

export function sealPiece(key: DataKey, place: SealedPlace, bytes: Uint8Array): Buffer {
  const sealed = Buffer.allocUnsafe(bytes.length + PIECE_OVERHEAD);
  writeHead(sealed, 'piece', key.name.generation);
  drawNonce(sealed);
  const cipher = createCipheriv(CIPHER, key.secret, sealed.subarray(HEAD_BYTES, TEXT_AT));
  cipher.setAAD(associatedData(sealed, place));
  cipher.update(bytes).copy(sealed, TEXT_AT);
  cipher.final();
  cipher.getAuthTag().copy(sealed, sealed.length - TAG_BYTES);
  key.sealed++;
  return sealed;
}

/** Throws `data-unreadable`. */
export function openPiece(key: DataKey, place: SealedPlace, sealed: Buffer): Buffer {
  readHead(sealed, 'piece', place);
  if (sealed.length < PIECE_OVERHEAD) throw unreadable(place, 'it is cut off');
  try {
    const decipher = createDecipheriv(CIPHER, key.secret, sealed.subarray(HEAD_BYTES, TEXT_AT));
    decipher.setAAD(associatedData(sealed, place)).setAuthTag(sealed.subarray(-TAG_BYTES));
    const bytes = decipher.update(sealed.subarray(TEXT_AT, -TAG_BYTES));
    decipher.final();
    return bytes;
  } catch {
    throw unreadable(place, 'what is stored is not what was sealed');
  }
}

/** At once when the key is held. Throws `key-unavailable`. */
export function seal(keys: DataKeySource, place: SealedPlace, bytes: Uint8Array): Buffer | Promise<Buffer> {
  return withKey(keys.newest(place.tenant, place.purpose), (key) => sealPiece(key, place, bytes));
}

/** At once when the key is held. Throws `key-unavailable` or `data-unreadable`. */
export function open(keys: DataKeySource, place: SealedPlace, sealed: Buffer): Buffer | Promise<Buffer> {
  return withKey(keys.get(keyOfPiece(place, sealed)), (held) => openPiece(held, place, sealed));
}

/** The key that it says it was sealed under. Throws `data-unreadable`. */
export function keyOfPiece(place: SealedPlace, sealed: Buffer): DataKeyName {
  const { tenant, purpose } = place;
  return { tenant, purpose, generation: readHead(sealed, 'piece', place) };
}

function associatedData(sealed: Buffer, place: SealedPlace): Buffer {
  return Buffer.concat([sealed.subarray(0, HEAD_BYTES), placeBytes(place)]);
}

function drawNonce(sealed: Buffer): void {
  if (used === drawn.length) {
    randomFillSync(drawn);
    used = 0;
  }
  drawn.copy(sealed, HEAD_BYTES, used, (used += NONCE_BYTES));
}
