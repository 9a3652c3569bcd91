/**
 * How sealed bytes begin, as docs/encryption.md describes:
 *
 *   4  magic D0 53 56 45; no UTF-8 text begins so, and no message of the platform
 *   1  format version, 1
 *   1  kind: 1 one piece, 2 a stream of chunks
 *   4  generation of the data key, big-endian
 */
import { GENERATIONS, type SealedPlace, SovfnError } from '@sovfn/protocol';

export const CIPHER = 'aes-256-gcm';
export const TAG_BYTES = 16;
export const NONCE_BYTES = 12;
export const HEAD_BYTES = 10;

const MAGIC = Buffer.from([0xd0, 0x53, 0x56, 0x45]);
const FORMAT = 1;

export type SealedKind = 'piece' | 'stream';
const KINDS = { piece: 1, stream: 2 } as const satisfies Record<SealedKind, number>;

export function isSealed(bytes: Uint8Array): boolean {
  return bytes.length >= HEAD_BYTES && MAGIC.equals(bytes.subarray(0, MAGIC.length));
}

export function writeHead(target: Buffer, kind: SealedKind, generation: number): void {
  target.set(MAGIC);
  target[4] = FORMAT;
  target[5] = KINDS[kind];
  target.writeUInt32BE(generation, 6);
}

/** Generation of the key that it was sealed under. Throws `data-unreadable`. */
export function readHead(bytes: Buffer, kind: SealedKind, place: SealedPlace): number {
  if (!isSealed(bytes)) throw unreadable(place, 'it is not sealed, or cut off');
  if (bytes[4] !== FORMAT) throw unreadable(place, `its format is ${bytes[4]}; this version reads ${FORMAT}`);
  if (bytes[5] !== KINDS[kind]) throw unreadable(place, 'it is of another kind than it should be');
  const generation = bytes.readUInt32BE(6);
  if (generation < 1 || generation > GENERATIONS) throw unreadable(place, 'it names no key');
  return generation;
}

export function placeBytes({ tenant, purpose, function: name, name: what }: SealedPlace): Buffer {
  return Buffer.from(JSON.stringify(['sovfn-sealed', tenant, purpose, name, what]));
}

export function unreadable({ purpose, function: name, name: what }: SealedPlace, reason: string): SovfnError {
  return new SovfnError('data-unreadable', `${purpose}: "${what}" of "${name}" cannot be decrypted: ${reason}`, {
    hint: 'What is stored was changed, moved, or sealed under a key that was replaced: restore it from a backup.',
  });
}
