import { readBatch } from '@sovfn/protocol/batch';
import { DELAY } from '../../bridge/delay.ts';
import { defineInterface, INTERNAL, requireInternal } from '../core/interface.guest.ts';
import type { CallState } from '../handler/call-state.guest.ts';
import { delayOf } from './delay.guest.ts';
import { decideMessage, makeMessage, type Message } from './queue-message.guest.ts';

/** First argument of the handler `queue` (see cli/types/index.d.ts). */
class MessageBatch {
  readonly #queue: string;
  /** `#given` is the array that the function gets, and may change. */
  readonly #messages: readonly Message[];
  readonly #given: Message[];

  constructor(key: unknown, queue: unknown, messages: unknown, given: unknown) {
    requireInternal(key, 'MessageBatch');
    this.#queue = queue as string;
    this.#messages = messages as readonly Message[];
    this.#given = given as Message[];
  }

  get queue(): string {
    return this.#queue;
  }

  get messages(): Message[] {
    return this.#given;
  }

  ackAll(): void {
    this.#decide(DELAY.ack);
  }

  retryAll(options: unknown = undefined): void {
    this.#decide(delayOf(options, 'batch.retryAll'));
  }

  /** About those messages that nobody has decided about. */
  #decide(delaySeconds: number): void {
    for (let i = 0; i < this.#messages.length; i++) decideMessage(this.#messages[i]!, delaySeconds);
  }
}

defineInterface(MessageBatch, 'MessageBatch');

/** Throws TypeError for bytes that are no batch: the platform wrote them. */
export function makeBatch(call: CallState, bytes: Uint8Array): MessageBatch {
  const batch = readBatch(bytes);
  if (batch === null) throw new TypeError(`The platform gave a batch of ${bytes.length} bytes that cannot be read`);
  const messages: Message[] = [];
  const given: Message[] = [];
  for (let position = 0; position < batch.messages.length; position++) {
    messages[position] = given[position] = makeMessage({ call, position }, batch.messages[position]!);
  }
  return new MessageBatch(INTERNAL, batch.queue, messages, given);
}
