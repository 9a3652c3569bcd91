/** Texts of objects that stand for one value: functions, dates, boxed primitives and the like. */

export function quoteString(text: string): string {
  const quote = !text.includes("'") ? "'" : !text.includes('"') ? '"' : !text.includes('`') ? '`' : "'";

  const escaped = text.replace(/[\\\0-\x1f\x7f]/g, (character) => ESCAPES[character] ?? hexEscape(character));
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
};

function hexEscape(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`;
}

// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- any function at all
export function describeFunction(value: Function): string {
  const source = Reflect.apply(Function.prototype.toString, value, []);
  const name = typeof value.name === 'string' ? value.name : '';
  if (source.startsWith('class')) return `[class ${name === '' ? '(anonymous)' : name}]`;
  const kind = Object.prototype.toString.call(value).slice('[object '.length, -1);
  return name === '' ? `[${kind} (anonymous)]` : `[${kind}: ${name}]`;
}

/** Null when the object is none of them. */
export function describeBoxed(value: object): string | null {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof RegExp) return String(value);
  if (value instanceof String) return `[String: ${quoteString(String(value))}]`;
  if (value instanceof Number || value instanceof Boolean || value instanceof BigInt || value instanceof Symbol) {
    return `[${value.constructor.name}: ${String(value.valueOf())}]`;
  }
  if (value instanceof WeakMap || value instanceof WeakSet) return `${value.constructor.name} { <items unknown> }`;
  if (value instanceof Promise) return 'Promise { <state unknown> }';
  return null;
}
