/** The compression streams of one isolate: each belongs to the call that opened it, and ends with it. */
import { Codec, type CodecDirection, type CodecFormat } from './codec.ts';
import { RefusedWork } from './host-work.ts';

/** Each takes up to 0.4 MB of the host (brotli: up to 16 MB of window when it decompresses). */
const MOST_CODECS = 128;
/** Of the calls that are given; a small upload can unfold to a thousand times its size. */
const MOST_DECOMPRESSED_BYTES = 2 ** 30;

interface OpenCodec {
  readonly call: number;
  readonly codec: Codec;
}

export class Codecs {
  readonly #codecs = new Map<number, OpenCodec>();
  /** Bytes decompressed so far for each call. */
  readonly #decompressed = new Map<number, number>();
  #lastNumber = 0;

  /** Throws RangeError, which is the guest's, at MOST_CODECS. */
  open(call: number, format: CodecFormat, direction: CodecDirection): number {
    if (this.#codecs.size >= MOST_CODECS) {
      throw new RangeError(`an isolate may have ${MOST_CODECS} compression streams at a time`);
    }
    const number = ++this.#lastNumber;
    this.#codecs.set(number, { call, codec: new Codec(format, direction) });
    return number;
  }

  /** Throws TypeError for one that is closed, as all are whose call is over. */
  get(number: number): Codec {
    const open = this.#codecs.get(number);
    if (open === undefined) throw new TypeError('the stream is closed: the call that made it is over');
    return open.codec;
  }

  async read(number: number): Promise<Uint8Array | null> {
    const open = this.#codecs.get(number);
    if (open === undefined) throw new TypeError('the stream is closed: the call that made it is over');
    const { call, codec } = open;
    const piece = await codec.read();
    if (piece !== null && codec.direction === 'decompress') this.#count(call, piece.length);
    return piece;
  }

  close(number: number): void {
    this.#codecs.get(number)?.codec.close();
    this.#codecs.delete(number);
  }

  closeCall(call: number): void {
    this.#decompressed.delete(call);
    if (this.#codecs.size === 0) return;
    for (const [number, open] of this.#codecs) if (open.call === call) this.close(number);
  }

  closeAll(): void {
    for (const number of this.#codecs.keys()) this.close(number);
  }

  #count(call: number, bytes: number): void {
    const sum = (this.#decompressed.get(call) ?? 0) + bytes;
    this.#decompressed.set(call, sum);
    if (sum > MOST_DECOMPRESSED_BYTES) {
      throw new RefusedWork('TypeError', `a call may decompress ${MOST_DECOMPRESSED_BYTES} bytes in all`);
    }
  }
}
