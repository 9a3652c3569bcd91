/** Events that carry something: CustomEvent, ErrorEvent and PromiseRejectionEvent. */
import { defineInterface } from '../core/interface.guest.ts';
import { promiseResolve } from '../core/primordials.guest.ts';
import { dictionary, domString, requireArguments, unsignedLong, usvString } from '../core/webidl.guest.ts';
import { dispatchingOf, Event } from './event.guest.ts';

export class CustomEvent extends Event {
  #detail: unknown;

  constructor(type: unknown, init: unknown = undefined) {
    requireArguments(arguments.length, 1, 'CustomEvent');
    super(type, init);
    const { detail } = dictionary(init, 'CustomEvent: eventInitDict');
    this.#detail = detail === undefined ? null : detail;
  }

  get detail(): unknown {
    return this.#detail;
  }

  initCustomEvent(type: unknown, bubbles: unknown = false, cancelable: unknown = false, detail: unknown = null): void {
    requireArguments(arguments.length, 1, 'CustomEvent.initCustomEvent');
    const isDispatched = dispatchingOf(this).isDispatched;
    this.initEvent(type, bubbles, cancelable);
    if (!isDispatched) this.#detail = detail;
  }
}

defineInterface(CustomEvent, 'CustomEvent');

export class ErrorEvent extends Event {
  readonly #message: string;
  readonly #filename: string;
  readonly #lineno: number;
  readonly #colno: number;
  readonly #error: unknown;

  constructor(type: unknown, init: unknown = undefined) {
    requireArguments(arguments.length, 1, 'ErrorEvent');
    super(type, init);
    const given = dictionary(init, 'ErrorEvent: eventInitDict');
    this.#colno = unsignedLong(given['colno']);
    this.#error = given['error'];
    this.#filename = given['filename'] === undefined ? '' : usvString(given['filename']);
    this.#lineno = unsignedLong(given['lineno']);
    this.#message = given['message'] === undefined ? '' : domString(given['message']);
  }

  get message(): string {
    return this.#message;
  }

  get filename(): string {
    return this.#filename;
  }

  get lineno(): number {
    return this.#lineno;
  }

  get colno(): number {
    return this.#colno;
  }

  get error(): unknown {
    return this.#error;
  }
}

defineInterface(ErrorEvent, 'ErrorEvent');

export class PromiseRejectionEvent extends Event {
  readonly #promise: Promise<unknown>;
  readonly #reason: unknown;

  constructor(type: unknown, init: unknown) {
    requireArguments(arguments.length, 2, 'PromiseRejectionEvent');
    super(type, init);
    const given = dictionary(init, 'PromiseRejectionEvent: eventInitDict');
    if (given['promise'] === undefined) throw new TypeError('PromiseRejectionEvent: eventInitDict has no promise');
    this.#promise = promiseResolve(given['promise']);
    this.#reason = given['reason'];
  }

  get promise(): Promise<unknown> {
    return this.#promise;
  }

  get reason(): unknown {
    return this.#reason;
  }
}

defineInterface(PromiseRejectionEvent, 'PromiseRejectionEvent');
