/** Random values of `node:crypto`, from the host's generator. */
import { Buffer } from './buffer.ts';
import { answerLater } from './crypto-keys.ts';

/** The most that `getRandomValues` gives at once. */
const PIECE = 65_536;
/** Exclusive, as in Node: below it, every integer is drawn alike. */
const MOST_RANGE = 2 ** 48;

export const getRandomValues = <T extends ArrayBufferView>(array: T): T =>
  globalThis.crypto.getRandomValues(array as unknown as Uint8Array<ArrayBuffer>) as unknown as T;

export const randomUUID = (): string => globalThis.crypto.randomUUID();

export function randomFillSync<T extends ArrayBufferView>(view: T, offset = 0, size?: number): T {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const end = size === undefined ? bytes.length : offset + size;
  for (let at = offset; at < end; at += PIECE) getRandomValues(bytes.subarray(at, Math.min(at + PIECE, end)));
  return view;
}

type Callback<T> = (error: Error | null, value?: T) => void;

/** `rest`: offset and size, which may be left out, and the callback. */
export function randomFill<T extends ArrayBufferView>(view: T, ...rest: (number | Callback<T>)[]): void {
  const [offset, size] = rest.filter((value) => typeof value === 'number');
  answerLater(() => randomFillSync(view, offset, size), callbackOf(rest));
}

function callbackOf<T>(args: readonly (number | Callback<T>)[]): Callback<T> {
  const callback = args.at(-1);
  if (typeof callback === 'function') return callback;
  throw Object.assign(new TypeError('The "callback" argument must be of type function'), {
    code: 'ERR_INVALID_ARG_TYPE',
  });
}

export function randomBytes(size: number): Buffer;
export function randomBytes(size: number, callback: Callback<Buffer>): void;
export function randomBytes(size: number, callback?: Callback<Buffer>): Buffer | undefined {
  if (callback === undefined) return randomFillSync(Buffer.alloc(size));
  answerLater(() => randomFillSync(Buffer.alloc(size)), callback);
  return undefined;
}

/** An integer from the first number (0 when there is one only) to below the second; by a callback when there is one. */
export function randomInt(...args: (number | Callback<number>)[]): number | undefined {
  const [first = 0, second] = args.filter((value) => typeof value === 'number');
  const draw = (): number => (second === undefined ? drawInteger(0, first) : drawInteger(first, second));
  if (typeof args.at(-1) !== 'function') return draw();
  answerLater(draw, callbackOf(args));
  return undefined;
}

function drawInteger(least: number, end: number): number {
  const range = end - least;
  if (!Number.isSafeInteger(least) || !Number.isSafeInteger(end) || range <= 0 || range > MOST_RANGE) {
    throw new RangeError(`randomInt: from ${least} to below ${end} is no range of 1 to ${MOST_RANGE} safe integers`);
  }
  const limit = MOST_RANGE - (MOST_RANGE % range);
  while (true) {
    const value = Buffer.from(getRandomValues(new Uint8Array(6))).readUIntBE(0, 6);
    if (value < limit) return least + (value % range);
  }
}
