/**
 * Invocation ids: 26 characters of Crockford base32 in lower case, sortable by time (the ULID layout: 48 bits of
 * milliseconds, then 80 bits that start random in each process and each millisecond and count up within it).
 * An id names a call; knowing it grants nothing.
 */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const INVOCATION_ID = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;
/** 80 bits. */
const DERIVED_BYTES = 10;
const ID_BYTES = 13;
/** Random bytes are drawn for so many milliseconds at once: asking for them is dearer than having them. */
const DRAWN_AT_ONCE = 64;
const COUNTER_LIMIT = 32 ** 8;
const COUNTER_START_LIMIT = 32 ** 7;

export type RandomBytes = (size: number) => Uint8Array;

/**
 * Makes ids; `random` is asked once in 64 milliseconds with calls. Single-threaded use. NOTE: on the path of every call. All
 * but the last character is kept for as long as it stays the same.
 */
export function makeInvocationIds(random: RandomBytes, now: () => number = Date.now): () => string {
  let lastTime = -1;
  let prefix = '';
  let counter = 0;
  let stem = '';
  let drawn: Uint8Array = new Uint8Array();
  return () => {
    const time = now();
    if (time > lastTime) {
      lastTime = time;
      if (drawn.length === 0) drawn = random(ID_BYTES * DRAWN_AT_ONCE);
      const bytes = drawn.subarray(0, ID_BYTES);
      drawn = drawn.subarray(ID_BYTES);
      let tail = '';
      for (let i = 0; i < 8; i++) tail += ALPHABET.charAt(bytes[i]! & 31);
      prefix = encodeBase32(time, 10) + tail;
      counter = readCounterStart(bytes);
      stem = prefix + encodeBase32(Math.floor(counter / 32), 7);
    } else {
      counter++;
      if (counter >= COUNTER_LIMIT) throw new RangeError('more than 2^39 invocation ids in one millisecond');
      if (counter % 32 === 0) stem = prefix + encodeBase32(counter / 32, 7);
    }
    return stem + ALPHABET.charAt(counter % 32);
  };
}

/** The one id for a time and a digest of at least 10 bytes: for what must get the same id whoever asks, and however often. */
export function derivedInvocationId(time: number, digest: Uint8Array): string {
  let tail = '';
  let bits = 0;
  let value = 0;
  for (const byte of digest.subarray(0, DERIVED_BYTES)) {
    value = (value << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) tail += ALPHABET.charAt((value >> (bits - 5)) & 31);
    value &= (1 << bits) - 1;
  }
  if (tail.length !== 16) throw new RangeError(`a digest of ${digest.length} bytes is too short for an id`);
  return encodeBase32(time, 10) + tail;
}

export function isInvocationId(value: string): boolean {
  return INVOCATION_ID.test(value);
}

/** Milliseconds since 1970 at which the id was made. Throws RangeError for anything that is not an id. */
export function invocationTime(id: string): number {
  if (!isInvocationId(id)) throw new RangeError(`"${id}" is not an invocation id`);
  let time = 0;
  for (let i = 0; i < 10; i++) time = time * 32 + ALPHABET.indexOf(id.charAt(i));
  return time;
}

/** The 128 bits of an id, as 32 hex digits. Throws RangeError for anything that is not an id. */
export function invocationHex(id: string): string {
  if (!isInvocationId(id)) throw new RangeError(`"${id}" is not an invocation id`);
  let bits = 0n;
  for (const character of id) bits = bits * 32n + BigInt(ALPHABET.indexOf(character));
  return bits.toString(16).padStart(32, '0');
}

export const INVOCATION_BYTES = 16;
const VALUES = new Uint8Array(128);
for (let value = 0; value < ALPHABET.length; value++) VALUES[ALPHABET.charCodeAt(value)] = value;

/** The 128 bits of an id, the first one first. NOTE: on the path of every call. */
export function writeInvocation(id: string, into: Uint8Array, at: number): void {
  let [end, value, bits] = [at, VALUES[id.charCodeAt(0)]!, 3];
  for (let i = 1; i < 26; i++) {
    value = ((value << 5) | VALUES[id.charCodeAt(i)]!) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    into[end++] = value >> bits;
  }
}

export function readInvocation(bytes: Uint8Array, at: number): string {
  let id = ALPHABET.charAt(bytes[at]! >> 5);
  let [value, bits] = [bytes[at]! & 31, 5];
  for (let place = at; id.length < 26;) {
    if (bits < 5) {
      value = ((value << 8) | bytes[++place]!) & 0xfff;
      bits += 8;
    }
    bits -= 5;
    id += ALPHABET.charAt((value >> bits) & 31);
  }
  return id;
}

/** Throws RangeError for anything that is not an id. */
export function invocationBytes(id: string): Uint8Array {
  if (!isInvocationId(id)) throw new RangeError(`"${id}" is not an invocation id`);
  const bytes = new Uint8Array(INVOCATION_BYTES);
  writeInvocation(id, bytes, 0);
  return bytes;
}

/** The text that sorts before every id made at `time` (milliseconds since 1970) or later, and after all earlier ones. */
export function invocationIdFloor(time: number): string {
  return encodeBase32(time, 10);
}

function readCounterStart(bytes: Uint8Array): number {
  let value = 0;
  for (let i = 8; i < 13; i++) value = value * 256 + bytes[i]!;
  return value % COUNTER_START_LIMIT;
}

function encodeBase32(value: number, length: number): string {
  let text = '';
  let rest = value;
  for (let i = 0; i < length; i++) {
    text = ALPHABET.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}
