/** Random bytes of the host, fetched ahead: an operation costs as much as a thousand of them. */
import type { Bytes } from '../core/bytes.guest.ts';
import { host } from '../core/host.guest.ts';

const POOL_BYTES = 4_096;
/** The most that one operation gives. */
const MOST_BYTES = 65_536;

let pool: Bytes = new Uint8Array(0);
let used = 0;

/** `size`: 0 to MOST_BYTES. No byte is given twice. */
export function randomBytes(size: number): Bytes {
  const bytes = new Uint8Array(size);
  if (size > POOL_BYTES) {
    bytes.set(new Uint8Array(host.random(Math.min(size, MOST_BYTES))));
    return bytes;
  }
  if (pool.length - used < size) {
    pool = new Uint8Array(host.random(POOL_BYTES));
    used = 0;
  }
  bytes.set(pool.subarray(used, used + size));
  pool.fill(0, used, used + size);
  used += size;
  return bytes;
}
