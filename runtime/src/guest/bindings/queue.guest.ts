import type { QueueHead } from '../../bridge/asks.ts';
import { ask } from '../core/asks.guest.ts';
import { type Bytes, exactBuffer, joinBytes } from '../core/bytes.guest.ts';
import { stringifyJson } from '../core/primordials.guest.ts';
import { bufferSourceBytes, dictionary, sequence } from '../core/webidl.guest.ts';
import { encodeUtf8 } from '../encoding/utf8.guest.ts';
import { optionalNumber } from './values.guest.ts';

type MessageFacts = QueueHead['messages'][number];

/** A `queue` binding, the sending side (see cli/types/index.d.ts). */
export class Queue {
  readonly #binding: string;

  constructor(binding: string) {
    this.#binding = binding;
  }

  async send(message: unknown, options: unknown = undefined): Promise<void> {
    await this.#send([encodeMessage(message, options)]);
  }

  async sendBatch(messages: unknown): Promise<void> {
    const encoded = sequence(
      messages,
      (item) => {
        const given = dictionary(item, 'queue.sendBatch: a message');
        return encodeMessage(given['body'], given);
      },
      'queue.sendBatch: messages',
    );
    await this.#send(encoded);
  }

  async #send(messages: readonly { readonly facts: MessageFacts; readonly bytes: Bytes }[]): Promise<void> {
    const head: QueueHead = { binding: this.#binding, messages: messages.map(({ facts }) => facts) };
    const size = messages.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const pieces = messages.map(({ bytes }) => bytes);
    await ask({ kind: 'queue', head, body: exactBuffer(joinBytes(pieces, size)), streamed: false });
  }
}

/** Strings and bytes go as they are; everything else as JSON. */
function encodeMessage(message: unknown, options: unknown): { facts: MessageFacts; bytes: Bytes } {
  const given = dictionary(options, 'queue.send: options');
  const delaySeconds = optionalNumber(given['delaySeconds'], 'queue.send: delaySeconds') ?? 0;
  const { bytes, contentType } = contentOf(message);
  return { facts: { bytes: bytes.length, contentType, delaySeconds }, bytes };
}

function contentOf(message: unknown): { bytes: Bytes; contentType: MessageFacts['contentType'] } {
  if (typeof message === 'string') return { bytes: encodeUtf8(message), contentType: 'text' };
  const bytes = bufferSourceBytes(message);
  if (bytes !== null) return { bytes: bytes.slice(), contentType: 'bytes' };
  const json = stringifyJson(message) as string | undefined;
  if (json === undefined) throw new TypeError('queue.send: the message cannot be written as JSON');
  return { bytes: encodeUtf8(json), contentType: 'json' };
}
