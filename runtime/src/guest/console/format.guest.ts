import { stringifyJson } from '../core/primordials.guest.ts';
import { domString } from '../core/webidl.guest.ts';
import { inspect } from './inspector.guest.ts';

const DIRECTIVE = /%[sdifjoOc%]/g;

/** The arguments of a console method as one text: `%` directives of the first, if it is a string, then the others. */
export function formatLog(args: readonly unknown[]): string {
  const [first, ...others] = args;
  if (typeof first !== 'string') return args.map(formatArgument).join(' ');
  let used = 0;
  const text = first.replace(DIRECTIVE, (directive) => {
    if (directive === '%%') return others.length === 0 ? directive : '%';
    return used < others.length ? substitute(directive, others[used++]) : directive;
  });
  return [text, ...others.slice(used).map(formatArgument)].join(' ');
}

function formatArgument(value: unknown): string {
  return typeof value === 'string' ? value : inspect(value);
}

function substitute(directive: string, value: unknown): string {
  switch (directive) {
    case '%s':
      return typeof value === 'object' && value !== null ? inspect(value, 0) : formatString(value);
    case '%d':
    case '%i':
    case '%f':
      return formatNumber(directive, value);
    case '%j':
      return stringifyJson(value) ?? 'undefined';
    case '%o':
    case '%O':
      return inspect(value);
    default:
      // %c is a style for a console that has some.
      return '';
  }
}

function formatString(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  return Object.is(value, -0) ? '-0' : String(value);
}

function formatNumber(directive: string, value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'symbol' || typeof value === 'object') return 'NaN';
  if (directive === '%i') return formatString(parseInt(domString(value), 10));
  return formatString(directive === '%f' ? parseFloat(domString(value)) : Number(value));
}
