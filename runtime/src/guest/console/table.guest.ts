import { domString, isObject, sequence } from '../core/webidl.guest.ts';
import { inspect } from './inspector.guest.ts';

const MOST_ROWS = 200;
const MOST_COLUMNS = 20;
const INDEX = '(index)';
const VALUES = 'Values';

/** `console.table`: a row for each entry of `data`, a column for each property of the rows. */
export function formatTable(data: object, properties: unknown): string {
  const columns = properties === undefined ? null : sequence(properties, domString, 'console.table: properties');
  const names = new Set<string>(columns ?? []);
  const rows: Map<string, string>[] = [];
  for (const [index, value] of entriesOf(data).slice(0, MOST_ROWS)) {
    const row = new Map([[INDEX, index]]);
    if (isObject(value)) {
      for (const key of columns ?? Object.keys(value)) {
        if (names.size < MOST_COLUMNS) names.add(key);
        if (names.has(key) && Object.hasOwn(value, key))
          row.set(key, inspect((value as Record<string, unknown>)[key], 0));
      }
    } else {
      row.set(VALUES, inspect(value, 0));
    }
    rows.push(row);
  }
  const hasValues = rows.some((row) => row.has(VALUES));
  return draw([INDEX, ...names, ...(hasValues && !names.has(VALUES) ? [VALUES] : [])], rows);
}

function entriesOf(data: object): [string, unknown][] {
  if (data instanceof Map) return [...data.values()].map((value, index) => [String(index), value]);
  if (data instanceof Set) return [...data].map((value, index) => [String(index), value]);
  return Object.entries(data);
}

function draw(columns: readonly string[], rows: readonly ReadonlyMap<string, string>[]): string {
  const widths = columns.map((name) => Math.max(name.length, ...rows.map((row) => (row.get(name) ?? '').length)) + 2);
  const rule = (left: string, middle: string, right: string): string =>
    left + widths.map((width) => '─'.repeat(width)).join(middle) + right;
  const line = (cell: (name: string) => string): string =>
    `│${columns.map((name, index) => ` ${cell(name)}`.padEnd(widths[index]!)).join('│')}│`;
  return [
    rule('┌', '┬', '┐'),
    line((name) => name),
    rule('├', '┼', '┤'),
    ...rows.map((row) => line((name) => row.get(name) ?? '')),
    rule('└', '┴', '┘'),
  ].join('\n');
}
