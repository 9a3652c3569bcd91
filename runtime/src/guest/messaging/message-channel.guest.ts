import { defineInterface } from '../core/interface.guest.ts';
import { type End, makePort, type MessagePort } from './message-port.guest.ts';

export class MessageChannel {
  readonly #port1: MessagePort;
  readonly #port2: MessagePort;

  constructor() {
    const first: End = { owner: null, other: null, queue: [], isStarted: false };
    const second: End = { owner: null, other: first, queue: [], isStarted: false };
    first.other = second;
    this.#port1 = makePort(first);
    this.#port2 = makePort(second);
  }

  get port1(): MessagePort {
    return this.#port1;
  }

  get port2(): MessagePort {
    return this.#port2;
  }
}

defineInterface(MessageChannel, 'MessageChannel');
