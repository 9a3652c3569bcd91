import type { Bytes } from '../core/bytes.guest.ts';
import { defineInterface } from '../core/interface.guest.ts';
import { domString, requireArguments, usvString } from '../core/webidl.guest.ts';
import { type EncodedInto, encodeInto, encodeUtf8 } from './utf8.guest.ts';

export class TextEncoder {
  readonly #isTextEncoder = true;

  get encoding(): string {
    this.#require();
    return 'utf-8';
  }

  encode(input: unknown = ''): Bytes {
    this.#require();
    return encodeUtf8(domString(input));
  }

  encodeInto(source: unknown, destination: unknown): EncodedInto {
    this.#require();
    requireArguments(arguments.length, 2, 'TextEncoder.encodeInto');
    const text = usvString(source);
    if (!(destination instanceof Uint8Array)) {
      throw new TypeError('TextEncoder.encodeInto: destination is not a Uint8Array');
    }
    return encodeInto(text, 0, destination as Bytes, 0);
  }

  #require(): void {
    if (!(#isTextEncoder in this)) throw new TypeError('this is not a TextEncoder');
  }
}

defineInterface(TextEncoder, 'TextEncoder');
