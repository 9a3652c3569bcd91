import { defineInterface } from '../core/interface.guest.ts';
import { encodings } from '../core/lazy-parts.guest.ts';
import { bufferSourceBytes, dictionary, domString } from '../core/webidl.guest.ts';
import { decodeUtf8, hasBom, unfinishedLength } from './utf8.guest.ts';

/** Decodes piece after piece; `isLast` ends the input and resets the state. Throws TypeError when fatal. */
interface Decoder {
  decode(bytes: Uint8Array, isLast: boolean): string;
}

const UTF8_LABEL = /^[\t\n\f\r ]*(?:utf-?8|unicode-1-1-utf-8|(?:x-)?unicode(?:11|20)utf8)[\t\n\f\r ]*$/i;

export class TextDecoder {
  readonly #encoding: string;
  readonly #isFatal: boolean;
  readonly #ignoreBom: boolean;
  readonly #decoder: Decoder;

  constructor(label: unknown = 'utf-8', options: unknown = undefined) {
    const name = domString(label);
    const { fatal, ignoreBOM } = dictionary(options, 'TextDecoder: options');
    this.#isFatal = Boolean(fatal);
    this.#ignoreBom = Boolean(ignoreBOM);
    this.#encoding = UTF8_LABEL.test(name) ? 'utf-8' : otherEncoding(name);
    this.#decoder =
      this.#encoding === 'utf-8'
        ? new Utf8Decoder(this.#isFatal, this.#ignoreBom)
        : encodings.get().makeDecoder(this.#encoding, this.#isFatal, this.#ignoreBom);
  }

  get encoding(): string {
    return this.#encoding;
  }

  get fatal(): boolean {
    return this.#isFatal;
  }

  get ignoreBOM(): boolean {
    return this.#ignoreBom;
  }

  decode(input: unknown = undefined, options: unknown = undefined): string {
    const decoder = this.#decoder;
    const bytes = input === undefined ? new Uint8Array(0) : bufferSourceBytes(input);
    if (bytes === null) throw new TypeError('TextDecoder.decode: input is not an ArrayBuffer or a view of one');
    const { stream } = dictionary(options, 'TextDecoder.decode: options');
    return decoder.decode(bytes, !stream);
  }
}

defineInterface(TextDecoder, 'TextDecoder');

function otherEncoding(label: string): string {
  const name = encodings.get().encodingOfLabel(label);
  if (name === null) throw new RangeError(`TextDecoder: the encoding label "${label}" is unknown`);
  return name;
}

class Utf8Decoder implements Decoder {
  readonly #isFatal: boolean;
  readonly #ignoreBom: boolean;
  #pending: Uint8Array | null = null;
  #isBomSeen = false;

  constructor(isFatal: boolean, ignoreBom: boolean) {
    this.#isFatal = isFatal;
    this.#ignoreBom = ignoreBom;
  }

  decode(bytes: Uint8Array, isLast: boolean): string {
    let data = this.#pending === null ? bytes : concat(this.#pending, bytes);
    this.#pending = null;
    if (!isLast) {
      const unfinished = unfinishedLength(data);
      if (unfinished > 0) this.#pending = data.slice(data.length - unfinished);
      data = data.subarray(0, data.length - unfinished);
    }
    const isStart = !this.#isBomSeen;
    this.#isBomSeen = !isLast && (this.#isBomSeen || data.length > 0);
    return decodeUtf8(isStart && !this.#ignoreBom && hasBom(data) ? data.subarray(3) : data, this.#isFatal);
  }
}

function concat(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
