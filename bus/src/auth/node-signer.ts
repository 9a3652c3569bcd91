/**
 * The signing key of one enrolled node: its own NATS user and those of its cells are signed with it, so that taking the key out
 * of the account ends them all at once, wherever they are connected, and for good.
 *
 * Derived from the account's seed, so that every gateway has it and nobody stores it. Who has one cannot compute another.
 */
import { hkdfSync } from 'node:crypto';
import { fromSeed } from '@nats-io/nkeys';

export interface NodeSigner {
  /** `SA…` */
  readonly seed: string;
  /** `A…`: what the account lists. */
  readonly publicKey: string;
}

const RAW_BYTES = 32;
/** First bytes of an encoded seed of an account: the prefixes of a seed (18 << 3) and of an account (0), as nkeys packs them. */
const ACCOUNT_SEED_PREFIX = Buffer.of(0x90, 0x00);
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const CRC_POLYNOMIAL = 0x1021;

export function nodeSigner(accountSeed: string, node: string, enrolment: string): NodeSigner {
  const context = JSON.stringify(['sovfn-node-signer', node, enrolment]);
  const raw = Buffer.from(hkdfSync('sha256', accountSeed, '', context, RAW_BYTES));
  const seed = encodeAccountSeed(raw);
  return { seed, publicKey: fromSeed(new TextEncoder().encode(seed)).getPublicKey() };
}

/** As nkeys writes it; the library makes keys at random only. */
function encodeAccountSeed(raw: Buffer): string {
  const content = Buffer.concat([ACCOUNT_SEED_PREFIX, raw]);
  const checksum = Buffer.alloc(2);
  checksum.writeUInt16LE(crc16(content));
  return base32(Buffer.concat([content, checksum]));
}

function base32(bytes: Buffer): string {
  let bits = '';
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0');
  return (bits.match(/.{1,5}/g) ?? []).map((five) => BASE32[Number.parseInt(five.padEnd(5, '0'), 2)]).join('');
}

function crc16(bytes: Buffer): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000 ? (crc << 1) ^ CRC_POLYNOMIAL : crc << 1) & 0xffff;
  }
  return crc;
}
