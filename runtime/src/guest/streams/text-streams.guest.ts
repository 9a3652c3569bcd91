/** TextEncoderStream and TextDecoderStream of the Encoding Standard. */
import { type ReadableStream, TransformStream, type WritableStream } from 'web-streams-polyfill';
import { defineInterface } from '../core/interface.guest.ts';
import { bufferSourceBytes, domString } from '../core/webidl.guest.ts';
import { TextDecoder } from '../encoding/text-decoder.guest.ts';
import { encodeUtf8 } from '../encoding/utf8.guest.ts';

interface Controller {
  enqueue(chunk: unknown): void;
}

const REPLACEMENT = Uint8Array.of(0xef, 0xbf, 0xbd);

export class TextEncoderStream {
  /** The first half of a pair whose second half may begin the next chunk. */
  #lead = '';
  readonly #transform = new TransformStream({
    transform: (chunk: unknown, controller: Controller) => this.#encode(this.#lead + domString(chunk), controller),
    flush: (controller: Controller) => {
      if (this.#lead !== '') controller.enqueue(REPLACEMENT.slice());
    },
  });

  get encoding(): string {
    return this.#transform && 'utf-8';
  }

  get readable(): ReadableStream {
    return this.#transform.readable;
  }

  get writable(): WritableStream {
    return this.#transform.writable;
  }

  #encode(text: string, controller: Controller): void {
    const last = text.charCodeAt(text.length - 1);
    const isLead = last >= 0xd800 && last <= 0xdbff;
    this.#lead = isLead ? text.slice(-1) : '';
    const whole = isLead ? text.slice(0, -1) : text;
    if (whole !== '') controller.enqueue(encodeUtf8(whole));
  }
}

defineInterface(TextEncoderStream, 'TextEncoderStream');

export class TextDecoderStream {
  readonly #decoder: TextDecoder;
  readonly #transform: TransformStream;

  constructor(label: unknown = 'utf-8', options: unknown = undefined) {
    const decoder = new TextDecoder(label, options);
    this.#decoder = decoder;
    this.#transform = new TransformStream({
      transform(chunk: unknown, controller: Controller) {
        if (bufferSourceBytes(chunk) === null) throw new TypeError('TextDecoderStream: a chunk is no buffer of bytes');
        const text = decoder.decode(chunk, { stream: true });
        if (text !== '') controller.enqueue(text);
      },
      flush(controller: Controller) {
        const text = decoder.decode();
        if (text !== '') controller.enqueue(text);
      },
    });
  }

  get encoding(): string {
    return this.#decoder.encoding;
  }

  get fatal(): boolean {
    return this.#decoder.fatal;
  }

  get ignoreBOM(): boolean {
    return this.#decoder.ignoreBOM;
  }

  get readable(): ReadableStream {
    return this.#transform.readable;
  }

  get writable(): WritableStream {
    return this.#transform.writable;
  }
}

defineInterface(TextDecoderStream, 'TextDecoderStream');
