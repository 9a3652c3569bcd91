/** `util.format`. */
import { inspect } from './inspect.ts';

const PLACE = /%[sdifjoOc%]/g;

export function format(...values: readonly unknown[]): string {
  const [first, ...rest] = values;
  if (typeof first !== 'string') return values.map(plain).join(' ');
  let next = 0;
  const text = first.replace(PLACE, (place) => {
    if (place === '%%') return values.length > 1 ? '%' : place;
    if (next >= rest.length) return place;
    return placed(place, rest[next++]);
  });
  return [text, ...rest.slice(next).map(plain)].join(' ');
}

const plain = (value: unknown): string => (typeof value === 'string' ? value : inspect(value));

function placed(place: string, value: unknown): string {
  switch (place) {
    case '%d':
      return number(value, Number);
    case '%i':
      return number(value, (text) => parseInt(String(text), 10));
    case '%f':
      return number(value, (text) => parseFloat(String(text)));
    case '%j':
      return toJson(value);
    case '%o':
      return inspect(value, { showHidden: true, depth: 4 });
    case '%O':
      return inspect(value);
    case '%c':
      return '';
    default:
      return typeof value === 'object' && value !== null && !hasOwnText(value)
        ? inspect(value, { depth: 0 })
        : typeof value === 'bigint'
          ? `${value}n`
          : String(value);
  }
}

const number = (value: unknown, convert: (value: unknown) => number): string =>
  typeof value === 'bigint' ? `${value}n` : typeof value === 'symbol' ? 'NaN' : String(convert(value));

/** Dates, errors and objects of classes with a `toString` of their own. */
function hasOwnText(value: object): boolean {
  const { toString } = value as { readonly toString?: unknown };
  return typeof toString === 'function' && toString !== Object.prototype.toString && !Array.isArray(value);
}

function toJson(value: unknown): string {
  try {
    return String(JSON.stringify(value));
  } catch (error) {
    if (String(error).includes('circular')) return '[Circular]';
    throw error;
  }
}
