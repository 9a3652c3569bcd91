/**
 * Takes out of an answer the values of secrets that were sent for it, so that a host which echoes what it gets does not hand
 * them to the function: what was sent becomes again what the function had written.
 *
 * Guarantees: no value of LEAST_BYTES or more comes back in the form in which it was sent, in head or body.
 * Not guaranteed: values that the host writes in another way (escaped, in another encoding, in parts).
 */
import type { FlatHeaders } from './headers.ts';

/** Shorter values are found in what has nothing to do with them. */
const LEAST_BYTES = 8;

export class AnswerMask {
  readonly #insteadOf = new Map<string, string>();

  add(sent: string, instead: string): void {
    if (Buffer.byteLength(sent) >= LEAST_BYTES) this.#insteadOf.set(sent, instead);
  }

  /** Nothing was sent that must not come back. */
  get isEmpty(): boolean {
    return this.#insteadOf.size === 0;
  }

  text(text: string): string {
    let masked = text;
    for (const [sent, instead] of this.#insteadOf) masked = masked.replaceAll(sent, () => instead);
    return masked;
  }

  headers(flat: FlatHeaders): string[] {
    return flat.map((part) => this.text(part));
  }

  /** The same body when nothing was sent. */
  body(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    let masked = body;
    for (const [sent, instead] of this.#insteadOf)
      masked = replaceBytes(masked, Buffer.from(sent), Buffer.from(instead));
    return masked;
  }
}

/** Holds back only what may be the beginning of `wanted`, so that an answer that comes slowly is not delayed. */
async function* replaceBytes(
  body: AsyncIterable<Uint8Array>,
  wanted: Buffer,
  instead: Buffer,
): AsyncGenerator<Uint8Array> {
  let held = Buffer.alloc(0);
  for await (const piece of body) {
    const bytes = Buffer.concat([held, piece]);
    let from = 0;
    for (let at = bytes.indexOf(wanted); at !== -1; at = bytes.indexOf(wanted, from)) {
      if (at > from) yield bytes.subarray(from, at);
      yield instead;
      from = at + wanted.length;
    }
    const until = bytes.length - beginningLength(bytes.subarray(from), wanted);
    if (until > from) yield bytes.subarray(from, until);
    held = bytes.subarray(until);
  }
  if (held.length > 0) yield held;
}

/** Length of the longest end of `bytes` with which `wanted` begins. */
function beginningLength(bytes: Buffer, wanted: Buffer): number {
  const longest = Math.min(bytes.length, wanted.length - 1);
  for (let length = longest; length > 0; length--) {
    if (bytes.subarray(bytes.length - length).equals(wanted.subarray(0, length))) return length;
  }
  return 0;
}
