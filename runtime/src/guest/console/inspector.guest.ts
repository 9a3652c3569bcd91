import { isError } from '../core/primordials.guest.ts';
import { describeBoxed, describeFunction, quoteString } from './describe.guest.ts';
import { shownProperties } from './web-objects.guest.ts';

const DEPTH = 4;
const MOST_ITEMS = 100;
/** A longer list is not looked through for properties beside its items. */
const MOST_LIST_KEYS = 10_000;
const MOST_STRING = 10_000;
/** Characters of one text in all; what comes after is left out. */
const MOST_TEXT = 16_384;
const LINE = 72;

/** `depth`: how many objects deep; below, `[Object]` stands for what is left out. */
export function inspect(value: unknown, depth = DEPTH): string {
  const inspector = new Inspector(depth);
  const text = inspector.format(value, 0);
  return text.length <= MOST_TEXT ? text : `${text.slice(0, MOST_TEXT)}…`;
}

interface Brackets {
  readonly open: string;
  readonly close: string;
}

const BRACES: Brackets = { open: '{', close: '}' };
const SQUARE: Brackets = { open: '[', close: ']' };

class Inspector {
  readonly #depth: number;
  readonly #path: object[] = [];
  readonly #circular = new Map<object, number>();
  #room = MOST_TEXT;

  constructor(depth: number) {
    this.#depth = depth;
  }

  format(value: unknown, level: number): string {
    const text = this.#formatAny(value, level);
    this.#room -= text.length;
    return text;
  }

  #formatAny(value: unknown, level: number): string {
    switch (typeof value) {
      case 'string':
        return quoteString(value.length <= MOST_STRING ? value : `${value.slice(0, MOST_STRING)}…`);
      case 'bigint':
        return `${value}n`;
      case 'number':
        return Object.is(value, -0) ? '-0' : String(value);
      case 'object':
      case 'function':
        return value === null ? 'null' : this.#formatObject(value, level);
      default:
        return String(value);
    }
  }

  #formatObject(value: object, level: number): string {
    if (this.#path.includes(value)) return this.#markCircular(value);
    const prefix = prefixOf(value);
    if (level > this.#depth) return `[${prefix === '' ? 'Object' : prefix.trim()}]`;
    this.#path.push(value);
    const text = this.#formatParts(value, prefix, level);
    this.#path.pop();
    const mark = this.#circular.get(value);
    return mark === undefined ? text : `<ref *${mark}> ${text}`;
  }

  #formatParts(value: object, prefix: string, level: number): string {
    const simple = this.#formatSimple(value, level);
    if (simple !== null) return this.#withProperties(simple, value, level);
    const isList = Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
    const items = isList ? this.#listItems(value as unknown[], level) : this.#collectionItems(value, level);
    const parts = [...items, ...this.#properties(value, level, isList)];
    return prefix + enclose(parts, isList ? SQUARE : BRACES, level);
  }

  /** Objects that have a text of their own. */
  #formatSimple(value: object, level: number): string | null {
    if (typeof value === 'function') return describeFunction(value);
    if (isError(value)) return this.#formatError(value, level);
    return describeBoxed(value);
  }

  #formatError(error: Error, level: number): string {
    const { stack, cause } = error;
    const text = typeof stack === 'string' && stack !== '' ? stack : `[${String(error)}]`;
    if (!Object.hasOwn(error, 'cause')) return text;
    return `${text} {\n  [cause]: ${this.format(cause, level + 1).replaceAll('\n', '\n  ')}\n}`;
  }

  #withProperties(text: string, value: object, level: number): string {
    const properties = this.#properties(value, level, value instanceof String);
    return properties.length === 0 ? text : `${text} ${enclose(properties, BRACES, level)}`;
  }

  #listItems(list: ArrayLike<unknown>, level: number): string[] {
    const items: string[] = [];
    const { length } = list;
    let at = 0;
    for (; at < length && items.length < MOST_ITEMS && this.#room > 0; at++) {
      if (at in list) {
        items.push(this.format(list[at], level + 1));
        continue;
      }
      const start = at;
      while (at + 1 < length && !(at + 1 in list)) at++;
      items.push(`<${at - start + 1} empty item${at === start ? '' : 's'}>`);
    }
    return at < length ? [...items, more(length - at, 'item')] : items;
  }

  #collectionItems(value: object, level: number): string[] {
    if (value instanceof Map) return this.#some(value, value.size, ([key, item]) => this.#arrow(key, item, level));
    if (value instanceof Set) return this.#some(value, value.size, (item) => this.format(item, level + 1));
    const shown = shownProperties(value);
    if (shown !== null)
      return this.#some(shown, shown.length, ([key, item]) => `${keyText(key)}: ${this.format(item, level + 1)}`);
    if (value instanceof ArrayBuffer) return [`byteLength: ${value.byteLength}`];
    return [];
  }

  #some<Item>(items: Iterable<Item>, size: number, format: (item: Item) => string): string[] {
    const texts: string[] = [];
    for (const item of items) {
      if (texts.length >= MOST_ITEMS || this.#room <= 0) return [...texts, more(size - texts.length, 'item')];
      texts.push(format(item));
    }
    return texts;
  }

  #arrow(key: unknown, value: unknown, level: number): string {
    return `${this.format(key, level + 1)} => ${this.format(value, level + 1)}`;
  }

  #properties(value: object, level: number, isList: boolean): string[] {
    const texts: string[] = [];
    if (isList && lengthOf(value)! > MOST_LIST_KEYS) return texts;
    const keys = Reflect.ownKeys(value).filter((key) => isShown(value, key, isList));
    for (const key of keys) {
      if (texts.length >= MOST_ITEMS || this.#room <= 0)
        return [...texts, more(keys.length - texts.length, 'property')];
      texts.push(`${keyText(key)}: ${this.#formatProperty(value, key, level)}`);
    }
    return texts;
  }

  #formatProperty(value: object, key: PropertyKey, level: number): string {
    const descriptor = Reflect.getOwnPropertyDescriptor(value, key);
    if (descriptor === undefined) return 'undefined';
    const { get, set } = descriptor;
    if (get !== undefined) return set === undefined ? '[Getter]' : '[Getter/Setter]';
    return set === undefined ? this.format(descriptor.value, level + 1) : '[Setter]';
  }

  #markCircular(value: object): string {
    const mark = this.#circular.get(value) ?? this.#circular.size + 1;
    this.#circular.set(value, mark);
    return `[Circular *${mark}]`;
  }
}

/** What stands before the brackets: the class, the size of a collection, a null prototype. */
function prefixOf(value: object): string {
  const size = Array.isArray(value) || ArrayBuffer.isView(value) ? lengthOf(value) : sizeOf(value);
  const name = classNameOf(value);
  if (name === null) return '[Object: null prototype] ';
  if (name === 'Array' && Array.isArray(value)) return '';
  if (name === 'Object' && size === null) return '';
  const tag = (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
  const suffix = typeof tag === 'string' && tag !== '' && tag !== name ? ` [${tag}]` : '';
  return `${name}${size === null ? '' : `(${size})`}${suffix} `;
}

function lengthOf(value: object): number | null {
  return value instanceof DataView ? null : (value as unknown as ArrayLike<unknown>).length;
}

function sizeOf(value: object): number | null {
  return value instanceof Map || value instanceof Set ? value.size : null;
}

function classNameOf(value: object): string | null {
  for (let one: object | null = value; one !== null; one = Reflect.getPrototypeOf(one)) {
    const constructor = Reflect.getOwnPropertyDescriptor(one, 'constructor')?.value as unknown;
    if (typeof constructor === 'function' && constructor.name !== '') return constructor.name;
  }
  return null;
}

function isShown(value: object, key: PropertyKey, isList: boolean): boolean {
  if (isList && typeof key === 'string' && /^(?:0|[1-9][0-9]*)$/.test(key)) return false;
  return Reflect.getOwnPropertyDescriptor(value, key)?.enumerable === true;
}

function keyText(key: PropertyKey): string {
  if (typeof key === 'symbol') return `[${String(key)}]`;
  return /^[A-Za-z_$][\w$]*$/.test(String(key)) ? String(key) : quoteString(String(key));
}

function more(count: number, noun: string): string {
  const plural = noun === 'property' ? 'properties' : `${noun}s`;
  return `... ${count} more ${count === 1 ? noun : plural}`;
}

function enclose(parts: readonly string[], { open, close }: Brackets, level: number): string {
  if (parts.length === 0) return open + close;
  const oneLine = parts.join(', ');
  if (oneLine.length + level * 2 <= LINE && !oneLine.includes('\n')) return `${open} ${oneLine} ${close}`;
  const indented = parts.map((part) => `  ${part.replaceAll('\n', '\n  ')}`);
  return `${open}\n${indented.join(',\n')}\n${close}`;
}
