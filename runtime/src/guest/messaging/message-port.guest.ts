import { defineInterface, INTERNAL, requireInternal } from '../core/interface.guest.ts';
import { cloning } from '../core/lazy-parts.guest.ts';
import { dictionary, isObject, requireArguments, sequence } from '../core/webidl.guest.ts';
import { DOMException } from '../events/dom-exception.guest.ts';
import { defineEventHandler } from '../events/event-handler.guest.ts';
import { dispatchTrusted, EventTarget, listenersOf } from '../events/event-target.guest.ts';
import { startTimer } from '../scheduling/timers.guest.ts';
import { connectPorts, MessageEvent } from './message-event.guest.ts';

/** One end of a channel. It outlives the port object when that is transferred: then another one owns it. */
export interface End {
  owner: MessagePort | null;
  other: End | null;
  readonly queue: Message[];
  isStarted: boolean;
}

interface Message {
  readonly data: unknown;
  readonly ports: readonly MessagePort[];
}

let endOf: (port: MessagePort) => End | null;
let isMessagePort: (value: unknown) => value is MessagePort;
let detach: (port: MessagePort) => void;

export class MessagePort extends EventTarget {
  /** Null once the port was transferred. */
  #end: End | null;

  static {
    endOf = (port) => port.#end;
    isMessagePort = (value): value is MessagePort => isObject(value) && #end in value;
    detach = (port) => {
      port.#end = null;
    };
  }

  constructor(key: unknown = undefined, end: unknown = undefined) {
    requireInternal(key, 'MessagePort');
    super();
    this.#end = end as End;
  }

  postMessage(message: unknown, options: unknown = undefined): void {
    const end = this.#end;
    requireArguments(arguments.length, 1, 'MessagePort.postMessage');
    const transfer = transferList(options);
    if (transfer.includes(this)) throw new DOMException('A MessagePort cannot transfer itself', 'DataCloneError');
    const { value, moved } = cloning.get().cloneWithTransfer(message, transfer);
    const target = end?.other ?? null;
    if (target === null) return;
    target.queue.push({ data: value, ports: moved.filter(isMessagePort) });
    if (target.isStarted) deliverNext(target);
  }

  start(): void {
    if (this.#end !== null) start(this.#end);
  }

  close(): void {
    const end = this.#end;
    if (end === null) return;
    if (end.other !== null) end.other.other = null;
    end.other = null;
    end.isStarted = false;
  }
}

defineInterface(MessagePort, 'MessagePort');
Object.defineProperty(MessagePort, 'length', { value: 0, configurable: true });
defineEventHandler(MessagePort.prototype, 'message');
defineEventHandler(MessagePort.prototype, 'messageerror');
startWithOnMessage();
connectPorts(isMessagePort);

export function makePort(end: End): MessagePort {
  const port = new MessagePort(INTERNAL, end);
  end.owner = port;
  return port;
}

export function isDetached(port: MessagePort): boolean {
  return endOf(port) === null;
}

/** Gives the port's end to a new port object. */
export function movePort(port: object): MessagePort {
  const end = endOf(port as MessagePort)!;
  end.isStarted = false;
  detach(port as MessagePort);
  return makePort(end);
}

function start(end: End): void {
  if (end.isStarted) return;
  end.isStarted = true;
  for (let i = 0; i < end.queue.length; i++) deliverNext(end);
}

/** A task of its own for each message, in order. One that finds the end moved or stopped leaves the message there. */
function deliverNext(end: End): void {
  startTimer(0, () => {
    if (!end.isStarted || end.owner === null) return;
    const message = end.queue.shift();
    if (message === undefined) return;
    dispatchTrusted(end.owner, new MessageEvent('message', message));
  });
}

/** Setting `onmessage` starts the port; adding a listener does not. */
function startWithOnMessage(): void {
  const { prototype } = MessagePort;
  const { get, set } = Object.getOwnPropertyDescriptor(prototype, 'onmessage')!;
  const accessors = {
    set(value: unknown): void {
      Reflect.apply(set!, this, [value]);
      listenersOf(this);
      const end = endOf(this as never);
      if (end !== null) start(end);
    },
  };
  Object.defineProperty(accessors.set, 'name', { value: 'set onmessage' });
  Object.defineProperty(prototype, 'onmessage', { get: get!, set: accessors.set });
}

/** The second argument is the list itself, or options that have it. */
function transferList(options: unknown): object[] {
  const isList = isObject(options) && typeof (options as Iterable<unknown>)[Symbol.iterator] === 'function';
  const transfer = isList ? options : dictionary(options, 'MessagePort.postMessage: options')['transfer'];
  return transfer === undefined ? [] : sequence(transfer, requireObject, 'MessagePort.postMessage: transfer');
}

function requireObject(value: unknown): object {
  if (!isObject(value)) throw new TypeError('MessagePort.postMessage: transfer has a value that is not an object');
  return value;
}

export { isMessagePort };
