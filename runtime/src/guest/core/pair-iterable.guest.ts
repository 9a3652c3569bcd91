/** The members of a WebIDL pair iterable: `entries`, `keys`, `values`, `forEach` and the iterator behind them. */
import { defineProperty, getPrototypeOf, reflectApply, setPrototypeOf } from './primordials.guest.ts';
import { requireArguments } from './webidl.guest.ts';

type Kind = 'entries' | 'keys' | 'values';
type Pair = readonly [unknown, unknown];

const IteratorPrototype = getPrototypeOf(getPrototypeOf([][Symbol.iterator]())!)!;

/**
 * Adds the members to the prototype of the interface `name`. `pairsOf` gives the pairs of an object as they are at the
 * moment, and throws TypeError for an object of another class.
 */
export function definePairIterable(prototype: object, name: string, pairsOf: (self: never) => readonly Pair[]): void {
  const makeIterator = iteratorFactory(name, pairsOf as (self: unknown) => readonly Pair[]);
  const members = {
    entries() {
      return makeIterator(this, 'entries');
    },
    forEach(callback: unknown, thisArg: unknown = undefined): void {
      const pairs = (): readonly Pair[] => pairsOf(this as never);
      pairs();
      requireArguments(arguments.length, 1, `${name}.forEach`);
      if (typeof callback !== 'function') throw new TypeError(`${name}.forEach: callback is not a function`);
      for (let i = 0; i < pairs().length; i++) {
        const [key, value] = pairs()[i]!;
        reflectApply(callback as never, thisArg, [value, key, this]);
      }
    },
    keys() {
      return makeIterator(this, 'keys');
    },
    values() {
      return makeIterator(this, 'values');
    },
  };
  for (const [key, value] of Object.entries(members)) {
    defineProperty(prototype, key, { value, enumerable: true, writable: true, configurable: true });
  }
  const { entries } = members;
  defineProperty(prototype, Symbol.iterator, { value: entries, enumerable: false, writable: true, configurable: true });
}

function iteratorFactory(name: string, pairsOf: (self: unknown) => readonly Pair[]) {
  class PairIterator {
    readonly #target: object;
    readonly #kind: Kind;
    #index = 0;

    constructor(target: object, kind: Kind) {
      this.#target = target;
      this.#kind = kind;
    }

    next(): { value: unknown; done: boolean } {
      const pair = pairsOf(this.#target)[this.#index];
      if (pair === undefined) return { value: undefined, done: true };
      this.#index++;
      return { value: select(pair, this.#kind), done: false };
    }
  }
  const { prototype } = PairIterator;
  setPrototypeOf(prototype, IteratorPrototype);
  delete (prototype as { constructor?: unknown }).constructor;
  defineProperty(prototype, 'next', { enumerable: true });
  defineProperty(prototype, Symbol.toStringTag, { value: `${name} Iterator`, configurable: true });
  return (target: object, kind: Kind) => {
    pairsOf(target);
    return new PairIterator(target, kind);
  };
}

function select(pair: Pair, kind: Kind): unknown {
  if (kind === 'entries') return [pair[0], pair[1]];
  return kind === 'keys' ? pair[0] : pair[1];
}
