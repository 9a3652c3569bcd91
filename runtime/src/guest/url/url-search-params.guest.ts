import type { UrlRecord } from 'whatwg-url/lib/url-state-machine.js';
import { defineInterface } from '../core/interface.guest.ts';
import { definePairIterable } from '../core/pair-iterable.guest.ts';
import { isObject, recordEntries, requireArguments, sequence, sequenceFrom, usvString } from '../core/webidl.guest.ts';
import { parseUrlencoded, serializeUrlencoded } from './urlencoded.guest.ts';

type Pair = [string, string];

let paramsOf: (url: UrlRecord) => URLSearchParams;
let refreshParams: (params: URLSearchParams, query: string | null) => void;
let isSearchParams: (value: unknown) => value is URLSearchParams;

export class URLSearchParams {
  #list: Pair[];
  /** The URL whose query this is. */
  #url: UrlRecord | null = null;

  static {
    paramsOf = (url) => {
      const params = new URLSearchParams();
      params.#list = url.query === null ? [] : parseUrlencoded(url.query);
      params.#url = url;
      return params;
    };
    refreshParams = (params, query) => {
      params.#list = query === null ? [] : parseUrlencoded(query);
    };
    isSearchParams = (value): value is URLSearchParams => isObject(value) && #list in value;
    definePairIterable(this.prototype, 'URLSearchParams', (params: URLSearchParams) => params.#list);
  }

  constructor(init: unknown = '') {
    this.#list = pairsOf(init);
  }

  get size(): number {
    return this.#list.length;
  }

  append(name: unknown, value: unknown): void {
    const list = this.#list;
    requireArguments(arguments.length, 2, 'URLSearchParams.append');
    list.push([usvString(name), usvString(value)]);
    this.#update();
  }

  delete(name: unknown, value: unknown = undefined): void {
    const list = this.#list;
    requireArguments(arguments.length, 1, 'URLSearchParams.delete');
    const matches = matcher(name, value);
    this.#list = list.filter((pair) => !matches(pair));
    this.#update();
  }

  get(name: unknown): string | null {
    const list = this.#list;
    requireArguments(arguments.length, 1, 'URLSearchParams.get');
    return list.find(matcher(name, undefined))?.[1] ?? null;
  }

  getAll(name: unknown): string[] {
    const list = this.#list;
    requireArguments(arguments.length, 1, 'URLSearchParams.getAll');
    return list.filter(matcher(name, undefined)).map((pair) => pair[1]);
  }

  has(name: unknown, value: unknown = undefined): boolean {
    const list = this.#list;
    requireArguments(arguments.length, 1, 'URLSearchParams.has');
    return list.some(matcher(name, value));
  }

  set(name: unknown, value: unknown): void {
    const list = this.#list;
    requireArguments(arguments.length, 2, 'URLSearchParams.set');
    const matches = matcher(name, undefined);
    const pair: Pair = [usvString(name), usvString(value)];
    const first = list.findIndex(matches);
    if (first === -1) list.push(pair);
    else this.#list = list.filter((other, index) => index <= first || !matches(other)).with(first, pair);
    this.#update();
  }

  sort(): void {
    this.#list.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    this.#update();
  }

  toString(): string {
    return serializeUrlencoded(this.#list);
  }

  #update(): void {
    if (this.#url === null) return;
    const query = serializeUrlencoded(this.#list);
    this.#url.query = query === '' ? null : query;
  }
}

defineInterface(URLSearchParams, 'URLSearchParams');

function pairsOf(init: unknown): Pair[] {
  if (!isObject(init)) {
    const text = usvString(init);
    return parseUrlencoded(text.startsWith('?') ? text.slice(1) : text);
  }
  const method = (init as Iterable<unknown>)[Symbol.iterator] as unknown;
  if (method === undefined || method === null) return recordOf(init);
  if (typeof method !== 'function') throw new TypeError('URLSearchParams: init is not iterable');
  return sequenceFrom(init, method as () => Iterator<unknown>, (item) => {
    const pair = sequence(item, usvString, 'URLSearchParams: a pair of init');
    if (pair.length !== 2) throw new TypeError('URLSearchParams: init has a pair without exactly two parts');
    return pair as unknown as Pair;
  });
}

/** Two keys can become one: the last value counts, at the place of the first. */
function recordOf(init: object): Pair[] {
  return [...new Map(recordEntries(init, usvString, usvString))];
}

function matcher(name: unknown, value: unknown): (pair: Pair) => boolean {
  const wantedName = usvString(name);
  if (value === undefined) return (pair) => pair[0] === wantedName;
  const wantedValue = usvString(value);
  return (pair) => pair[0] === wantedName && pair[1] === wantedValue;
}

export { isSearchParams, paramsOf, refreshParams };
