import { defineInterface, INTERNAL } from '../core/interface.guest.ts';
import { definePairIterable } from '../core/pair-iterable.guest.ts';
import { isObject, recordEntries, requireArguments, sequence, sequenceFrom } from '../core/webidl.guest.ts';
import { getHeader, type HeaderList, headerName, headerValue, sortAndCombine } from './header-list.guest.ts';

let listOf: (headers: Headers) => HeaderList;
let isHeaders: (value: unknown) => value is Headers;
let makeImmutable: (headers: Headers) => Headers;
let append: (headers: Headers, pair: [string, string]) => void;

/**
 * Headers of the Fetch Standard. Its guards are two here, none and immutable: those that keep a page from setting
 * `cookie` or `host` have no place on a server.
 */
export class Headers {
  #list: HeaderList;
  #isImmutable = false;
  /** The list as it is iterated, while it is unchanged. */
  #sorted: HeaderList | null = null;

  static {
    listOf = (headers) => headers.#list;
    isHeaders = (value): value is Headers => isObject(value) && #list in value;
    makeImmutable = (headers) => {
      headers.#isImmutable = true;
      return headers;
    };
    append = (headers, pair) => {
      headers.#beforeChange();
      headers.#list[headers.#list.length] = pair;
    };
    definePairIterable(this.prototype, 'Headers', (headers: Headers) => {
      return (headers.#sorted ??= sortAndCombine(headers.#list));
    });
  }

  constructor(init: unknown = undefined, list: unknown = undefined) {
    if (init === INTERNAL) {
      this.#list = list as HeaderList;
      return;
    }
    this.#list = [];
    if (init !== undefined) fill(this, init);
  }

  append(name: unknown, value: unknown): void {
    requireArguments(arguments.length, 2, 'Headers.append');
    append(this, [headerName(name, 'Headers.append'), headerValue(value, 'Headers.append')]);
  }

  delete(name: unknown): void {
    const list = this.#list;
    requireArguments(arguments.length, 1, 'Headers.delete');
    const key = headerName(name, 'Headers.delete');
    this.#beforeChange();
    this.#list = list.filter((pair) => pair[0] !== key);
  }

  get(name: unknown): string | null {
    const list = this.#list;
    requireArguments(arguments.length, 1, 'Headers.get');
    return getHeader(list, headerName(name, 'Headers.get'));
  }

  getSetCookie(): string[] {
    return this.#list.filter((pair) => pair[0] === 'set-cookie').map((pair) => pair[1]);
  }

  has(name: unknown): boolean {
    const list = this.#list;
    requireArguments(arguments.length, 1, 'Headers.has');
    return getHeader(list, headerName(name, 'Headers.has')) !== null;
  }

  set(name: unknown, value: unknown): void {
    const list = this.#list;
    requireArguments(arguments.length, 2, 'Headers.set');
    const key = headerName(name, 'Headers.set');
    const text = headerValue(value, 'Headers.set');
    this.#beforeChange();
    const first = list.findIndex((pair) => pair[0] === key);
    if (first === -1) list[list.length] = [key, text];
    else this.#list = list.filter((pair, index) => index <= first || pair[0] !== key).with(first, [key, text]);
  }

  #beforeChange(): void {
    if (this.#isImmutable) throw new TypeError('Headers: these headers are immutable; copy them with new Headers(…)');
    this.#sorted = null;
  }
}

export interface Headers extends Iterable<[string, string]> {}

defineInterface(Headers, 'Headers');
// The second parameter of the constructor is for the prelude alone.
Object.defineProperty(Headers, 'length', { value: 0, configurable: true });

const iterateHeaders = Headers.prototype[Symbol.iterator];

/** Headers over a list whose names and values are known to be good. */
export function headersOf(list: HeaderList): Headers {
  return new Headers(INTERNAL, list);
}

/** Appends what a HeadersInit holds: another Headers, pairs, or a record. */
export function fill(headers: Headers, init: unknown): void {
  for (const pair of pairsOf(init)) append(headers, pair);
}

function pairsOf(init: unknown): HeaderList {
  if (!isObject(init)) throw new TypeError('Headers: init is not an object');
  const method = (init as Iterable<unknown>)[Symbol.iterator] as unknown;
  if (method === iterateHeaders && isHeaders(init)) return listOf(init);
  if (method === undefined || method === null) {
    return recordEntries(init, nameOf, valueOf);
  }
  if (typeof method !== 'function') throw new TypeError('Headers: init is not iterable');
  return sequenceFrom(init, method as () => Iterator<unknown>, (item) => {
    const pair = sequence(item, (part) => part, 'Headers: a pair of init');
    if (pair.length !== 2) throw new TypeError('Headers: init has a pair without exactly two parts');
    return [nameOf(pair[0]), valueOf(pair[1])] as [string, string];
  });
}

function nameOf(name: unknown): string {
  return headerName(name, 'Headers');
}

function valueOf(value: unknown): string {
  return headerValue(value, 'Headers');
}

export { isHeaders, listOf, makeImmutable };
