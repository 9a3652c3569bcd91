import { type BatchMessage } from '@sovfn/protocol/batch';
import { DELAY } from '../../bridge/delay.ts';
import { host } from '../core/host.guest.ts';
import { defineInterface, INTERNAL, requireInternal } from '../core/interface.guest.ts';
import { parseJson } from '../core/primordials.guest.ts';
import { decodeUtf8 } from '../encoding/utf8.guest.ts';
import type { CallState } from '../handler/call-state.guest.ts';
import { delayOf } from './delay.guest.ts';

interface Place {
  readonly call: CallState;
  /** In its batch, from 0. */
  readonly position: number;
}

/** Decides about a message unless that was done before. */
let decideMessage: (message: Message, delaySeconds: number) => void;

/** One message of a batch (see cli/types/index.d.ts). Its body is made when it is first read: a broken one spoils no other. */
class Message {
  static {
    decideMessage = (message, delaySeconds) => message.#decide(delaySeconds);
  }

  readonly #place: Place;
  readonly #message: BatchMessage;
  readonly #timestamp: Date;
  #body: { readonly value: unknown } | null = null;
  #isDecided = false;

  constructor(key: unknown, place: unknown, message: unknown) {
    requireInternal(key, 'Message');
    this.#place = place as Place;
    this.#message = message as BatchMessage;
    this.#timestamp = new Date(this.#message.timestamp);
  }

  get id(): string {
    return this.#message.id;
  }

  get timestamp(): Date {
    return this.#timestamp;
  }

  get attempts(): number {
    return this.#message.attempts;
  }

  get body(): unknown {
    return (this.#body ??= { value: bodyOf(this.#message) }).value;
  }

  ack(): void {
    this.#decide(DELAY.ack);
  }

  retry(options: unknown = undefined): void {
    this.#decide(delayOf(options, 'message.retry'));
  }

  #decide(delaySeconds: number): void {
    const { call, position } = this.#place;
    if (this.#isDecided || !call.isRunning) return;
    this.#isDecided = true;
    host.decide(call.number, position, delaySeconds);
  }
}

defineInterface(Message, 'Message');

export { decideMessage, type Message };

export function makeMessage(place: Place, message: BatchMessage): Message {
  return new Message(INTERNAL, place, message);
}

function bodyOf({ contentType, bytes }: BatchMessage): unknown {
  if (contentType === 'bytes') return bytes.slice();
  const text = decodeUtf8(bytes);
  return contentType === 'json' ? (parseJson(text) as unknown) : text;
}
