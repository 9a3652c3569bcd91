/** AbortController and AbortSignal of the DOM standard. */
import { defineInterface, INTERNAL, requireInternal } from '../core/interface.guest.ts';
import { enforcedUnsignedLongLong, requireArguments, sequence } from '../core/webidl.guest.ts';
import { startTimer } from '../scheduling/timers.guest.ts';
import { DOMException } from './dom-exception.guest.ts';
import { defineEventHandler } from './event-handler.guest.ts';
import { Event } from './event.guest.ts';
import { connectAbort, dispatchTrusted, EventTarget, hasListener, listenersOf } from './event-target.guest.ts';

interface SignalState {
  /** Counts the signals in the order they were made. */
  readonly number: number;
  reason: unknown;
  readonly algorithms: Set<() => void>;
  /** Signals that this one follows (made by `AbortSignal.any`): none of them follows another. */
  readonly sources: Set<AbortSignal>;
  /** Signals that follow this one and that somebody listens to. */
  readonly followers: Set<AbortSignal>;
}

let lastNumber = 0;
let stateOf: (signal: AbortSignal) => SignalState;
let isAbortSignal: (value: unknown) => value is AbortSignal;

export class AbortSignal extends EventTarget {
  readonly #state: SignalState = {
    number: ++lastNumber,
    reason: undefined,
    algorithms: new Set(),
    sources: new Set(),
    followers: new Set(),
  };

  static {
    stateOf = (signal) => signal.#state;
    isAbortSignal = (value): value is AbortSignal => typeof value === 'object' && value !== null && #state in value;
  }

  constructor(key: unknown = undefined) {
    requireInternal(key, 'AbortSignal');
    super();
  }

  static abort(reason: unknown = undefined): AbortSignal {
    const signal = newSignal();
    stateOf(signal).reason = reason === undefined ? abortError() : reason;
    return signal;
  }

  static timeout(milliseconds: unknown): AbortSignal {
    requireArguments(arguments.length, 1, 'AbortSignal.timeout');
    const delay = enforcedUnsignedLongLong(milliseconds, 'AbortSignal.timeout: milliseconds');
    const signal = newSignal();
    startTimer(delay, () => {
      signalAbort(signal, new DOMException('The operation timed out', 'TimeoutError'));
    });
    return signal;
  }

  static any(signals: unknown): AbortSignal {
    requireArguments(arguments.length, 1, 'AbortSignal.any');
    return anySignal(sequence(signals, requireSignal, 'AbortSignal.any: signals'));
  }

  get aborted(): boolean {
    return isAborted(this);
  }

  get reason(): unknown {
    return reasonOf(this);
  }

  throwIfAborted(): void {
    if (isAborted(this)) throw reasonOf(this);
  }
}

defineInterface(AbortSignal, 'AbortSignal');
defineEventHandler(AbortSignal.prototype, 'abort');

export class AbortController {
  readonly #signal = newSignal();

  get signal(): AbortSignal {
    return this.#signal;
  }

  abort(reason: unknown = undefined): void {
    signalAbort(this.#signal, reason);
  }
}

defineInterface(AbortController, 'AbortController');
connectAbort({ isAborted: (signal) => isAborted(signal as AbortSignal), onAbort: onAbort, require: requireSignal });

export function newSignal(): AbortSignal {
  return new AbortSignal(INTERNAL);
}

/** A signal that is aborted with the first of `signals`. */
export function anySignal(signals: readonly AbortSignal[]): AbortSignal {
  const result = newSignal();
  const state = stateOf(result);
  for (const signal of signals) {
    if (isAborted(signal)) {
      state.reason = reasonOf(signal);
      state.sources.clear();
      return result;
    }
    const { sources } = stateOf(signal);
    if (sources.size === 0) state.sources.add(signal);
    for (const source of sources) state.sources.add(source);
  }
  listenersOf(result).onChange = () => followWhileObserved(result);
  return result;
}

export function isAborted(signal: AbortSignal): boolean {
  return reasonOf(signal) !== undefined;
}

export function reasonOf(signal: AbortSignal): unknown {
  const state = stateOf(signal);
  if (state.reason !== undefined || state.sources.size === 0) return state.reason;
  for (const source of state.sources) {
    const { reason } = stateOf(source);
    if (reason !== undefined) return (state.reason = reason);
  }
  return undefined;
}

/** Runs `algorithm` when the signal is aborted, before its event. Returns what takes the algorithm back. */
export function onAbort(signal: AbortSignal, algorithm: () => void): () => void {
  const { algorithms } = stateOf(signal);
  algorithms.add(algorithm);
  followWhileObserved(signal);
  return () => {
    algorithms.delete(algorithm);
    followWhileObserved(signal);
  };
}

/** Aborts a signal, once. Without a reason, an AbortError is made. */
export function signalAbort(signal: AbortSignal, reason: unknown): void {
  const state = stateOf(signal);
  if (state.reason !== undefined) return;
  state.reason = reason === undefined ? abortError() : reason;
  const followers = [...state.followers].filter((follower) => stateOf(follower).reason === undefined);
  followers.sort((a, b) => stateOf(a).number - stateOf(b).number);
  for (const follower of followers) stateOf(follower).reason = state.reason;
  runAbortSteps(signal);
  for (const follower of followers) runAbortSteps(follower);
  state.followers.clear();
}

function runAbortSteps(signal: AbortSignal): void {
  const { algorithms, sources } = stateOf(signal);
  const run = [...algorithms];
  algorithms.clear();
  for (const algorithm of run) algorithm();
  dispatchTrusted(signal, new Event('abort'));
  for (const source of sources) stateOf(source).followers.delete(signal);
  sources.clear();
}

/**
 * A source holds the signals that follow it only while somebody would notice their abort: else each call that combines
 * its own signal with one of the module's would leave something behind for ever.
 */
function followWhileObserved(signal: AbortSignal): void {
  const { sources, algorithms } = stateOf(signal);
  const isObserved = algorithms.size > 0 || hasListener(signal, 'abort');
  for (const source of sources) {
    if (isObserved) stateOf(source).followers.add(signal);
    else stateOf(source).followers.delete(signal);
  }
}

export function abortError(): DOMException {
  return new DOMException('This operation was aborted', 'AbortError');
}

function requireSignal(value: unknown): AbortSignal {
  if (!isAbortSignal(value)) throw new TypeError('signal is not an AbortSignal');
  return value;
}

export { isAbortSignal };
