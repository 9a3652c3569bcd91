import { defineInterface } from '../core/interface.guest.ts';
import { dictionary, domString, requireArguments, sequence, usvString } from '../core/webidl.guest.ts';
import { dispatchingOf, Event } from '../events/event.guest.ts';
import type { MessagePort } from './message-port.guest.ts';

interface Message {
  readonly data: unknown;
  readonly origin: string;
  readonly lastEventId: string;
  readonly source: MessagePort | null;
  readonly ports: readonly MessagePort[];
}

export class MessageEvent extends Event {
  #message: Message;

  constructor(type: unknown, init: unknown = undefined) {
    requireArguments(arguments.length, 1, 'MessageEvent');
    super(type, init);
    const given = dictionary(init, 'MessageEvent: eventInitDict');
    const { data, lastEventId, origin, ports, source } = given;
    this.#message = {
      data: data === undefined ? null : data,
      lastEventId: lastEventId === undefined ? '' : domString(lastEventId),
      origin: origin === undefined ? '' : usvString(origin),
      ports: portsOf(ports === undefined ? [] : ports),
      source: sourceOf(source === undefined ? null : source),
    };
  }

  get data(): unknown {
    return this.#message.data;
  }

  get origin(): string {
    return this.#message.origin;
  }

  get lastEventId(): string {
    return this.#message.lastEventId;
  }

  get source(): MessagePort | null {
    return this.#message.source;
  }

  get ports(): readonly MessagePort[] {
    return this.#message.ports;
  }

  initMessageEvent(
    type: unknown,
    bubbles: unknown = false,
    cancelable: unknown = false,
    data: unknown = null,
    origin: unknown = '',
    lastEventId: unknown = '',
    source: unknown = null,
    ports: unknown = [],
  ): void {
    requireArguments(arguments.length, 1, 'MessageEvent.initMessageEvent');
    const { isDispatched } = dispatchingOf(this);
    this.initEvent(type, bubbles, cancelable);
    if (isDispatched) return;
    this.#message = {
      data,
      origin: usvString(origin),
      lastEventId: domString(lastEventId),
      source: sourceOf(source),
      ports: portsOf(ports),
    };
  }
}

defineInterface(MessageEvent, 'MessageEvent');

type PortCheck = (value: unknown) => value is MessagePort;
let isMessagePort: PortCheck | null = null;

/** The module of ports makes events, so events learn from it what a port is. */
export function connectPorts(check: PortCheck): void {
  isMessagePort = check;
}

function portsOf(value: unknown): readonly MessagePort[] {
  const ports = sequence(value, (port) => sourceOf(port, false)!, 'MessageEvent: ports');
  return Object.freeze(ports);
}

function sourceOf(value: unknown, isNullable = true): MessagePort | null {
  if (isNullable && value === null) return null;
  if (isMessagePort?.(value) !== true) throw new TypeError('MessageEvent: the source or a port is not a MessagePort');
  return value;
}
