/** Event of the DOM standard, for targets without a tree: the path of an event is its target alone. */
import { currentTime, timeOrigin } from '../core/clock.guest.ts';
import { defineConstants, defineInterface } from '../core/interface.guest.ts';
import { defineProperty, getOwnPropertyDescriptor } from '../core/primordials.guest.ts';
import { type Dictionary, dictionary, domString, requireArguments } from '../core/webidl.guest.ts';

const PHASES = { NONE: 0, CAPTURING_PHASE: 1, AT_TARGET: 2, BUBBLING_PHASE: 3 } as const;

/** What dispatching changes of an event. */
interface Dispatching {
  target: object | null;
  currentTarget: object | null;
  phase: number;
  isDispatched: boolean;
  isPropagationStopped: boolean;
  isImmediatePropagationStopped: boolean;
  isCanceled: boolean;
  isInPassiveListener: boolean;
  isInitialized: boolean;
  isTrusted: boolean;
}

let dispatchingOf: (event: Event) => Dispatching;
let isEventObject: (value: unknown) => value is Event;

export class Event {
  #type: string;
  #bubbles: boolean;
  #cancelable: boolean;
  readonly #composed: boolean;
  readonly #timeStamp = currentTime() - timeOrigin();
  readonly #state: Dispatching = {
    target: null,
    currentTarget: null,
    phase: PHASES.NONE,
    isDispatched: false,
    isPropagationStopped: false,
    isImmediatePropagationStopped: false,
    isCanceled: false,
    isInPassiveListener: false,
    isInitialized: true,
    isTrusted: false,
  };

  static {
    dispatchingOf = (event) => event.#state;
    isEventObject = (value): value is Event => typeof value === 'object' && value !== null && #state in value;
  }

  constructor(type: unknown, init: unknown = undefined) {
    requireArguments(arguments.length, 1, 'Event');
    this.#type = domString(type);
    const given: Dictionary = dictionary(init, 'Event: eventInitDict');
    this.#bubbles = Boolean(given['bubbles']);
    this.#cancelable = Boolean(given['cancelable']);
    this.#composed = Boolean(given['composed']);
    defineProperty(this, 'isTrusted', isTrustedDescriptor);
  }

  get type(): string {
    return this.#type;
  }

  get target(): object | null {
    return this.#state.target;
  }

  get srcElement(): object | null {
    return this.#state.target;
  }

  get currentTarget(): object | null {
    return this.#state.currentTarget;
  }

  composedPath(): object[] {
    const { currentTarget } = this.#state;
    return currentTarget === null ? [] : [currentTarget];
  }

  get eventPhase(): number {
    return this.#state.phase;
  }

  stopPropagation(): void {
    this.#state.isPropagationStopped = true;
  }

  get cancelBubble(): boolean {
    return this.#state.isPropagationStopped;
  }

  set cancelBubble(value: unknown) {
    if (value) this.#state.isPropagationStopped = true;
  }

  stopImmediatePropagation(): void {
    this.#state.isPropagationStopped = true;
    this.#state.isImmediatePropagationStopped = true;
  }

  get bubbles(): boolean {
    return this.#bubbles;
  }

  get cancelable(): boolean {
    return this.#cancelable;
  }

  get returnValue(): boolean {
    return !this.#state.isCanceled;
  }

  set returnValue(value: unknown) {
    if (!value) this.#cancel();
  }

  preventDefault(): void {
    this.#cancel();
  }

  get defaultPrevented(): boolean {
    return this.#state.isCanceled;
  }

  get composed(): boolean {
    return this.#composed;
  }

  get timeStamp(): number {
    return this.#timeStamp;
  }

  initEvent(type: unknown, bubbles: unknown = false, cancelable: unknown = false): void {
    requireArguments(arguments.length, 1, 'Event.initEvent');
    const newType = domString(type);
    if (this.#state.isDispatched) return;
    this.#state.isPropagationStopped = false;
    this.#state.isImmediatePropagationStopped = false;
    this.#state.isCanceled = false;
    this.#state.isTrusted = false;
    this.#state.target = null;
    this.#type = newType;
    this.#bubbles = Boolean(bubbles);
    this.#cancelable = Boolean(cancelable);
  }

  #cancel(): void {
    if (this.#cancelable && !this.#state.isInPassiveListener) this.#state.isCanceled = true;
  }
}

defineInterface(Event, 'Event');
defineConstants(Event, PHASES);

/** `isTrusted` is an own, unforgeable property of every event: one getter serves them all. */
const isTrustedDescriptor: PropertyDescriptor = {
  ...getOwnPropertyDescriptor(
    {
      get isTrusted(): boolean {
        return dispatchingOf(this as never).isTrusted;
      },
    },
    'isTrusted',
  ),
  enumerable: true,
  configurable: false,
};

export { type Dispatching, dispatchingOf, isEventObject, PHASES };
