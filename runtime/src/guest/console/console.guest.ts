/**
 * console of the Console Standard. A line of text goes to the host as it is; everything else is formatted by the lazy
 * part `inspect` first. A method that cannot format its arguments says so in the line, and never throws.
 */
import type { LevelNumber } from '../../bridge/contract.ts';
import { currentCall, currentTime } from '../core/clock.guest.ts';
import { errorText } from '../core/error-text.guest.ts';
import { host } from '../core/host.guest.ts';
import { inspection } from '../core/lazy-parts.guest.ts';
import { defineProperty } from '../core/primordials.guest.ts';
import { dictionary, domString, isObject } from '../core/webidl.guest.ts';

const DEBUG: LevelNumber = 0;
const INFO: LevelNumber = 1;
const WARN: LevelNumber = 2;
const ERROR: LevelNumber = 3;
const MOST_GROUPS = 20;

let groups = 0;
const counts = new Map<string, number>();
const timers = new Map<string, number>();

function log(level: LevelNumber, args: readonly unknown[]): void {
  write(level, () => {
    const [first] = args;
    const isPlain = args.length === 1 && typeof first === 'string';
    return isPlain ? first : inspection.get().formatLog(args);
  });
}

function write(level: LevelNumber, text: () => string): void {
  let line: string;
  try {
    line = text();
  } catch (error) {
    // Formatting runs getters and proxies of the function's code.
    line = `(console could not format its arguments: ${errorText(error).message})`;
  }
  const indent = '  '.repeat(groups);
  host.log(currentCall(), level, indent === '' ? line : indent + line.replaceAll('\n', `\n${indent}`));
}

function startGroup(args: readonly unknown[]): void {
  if (args.length > 0) log(INFO, args);
  if (groups < MOST_GROUPS) groups++;
}

function labelOf(label: unknown): string {
  return label === undefined ? 'default' : domString(label);
}

function elapsed(label: string): string {
  return `${label}: ${(currentTime() - timers.get(label)!).toFixed(3)} ms`;
}

const methods = {
  assert(condition: unknown = false, ...data: unknown[]): void {
    if (condition) return;
    const [first, ...rest] = data;
    if (data.length === 0) log(ERROR, ['Assertion failed']);
    else if (typeof first === 'string') log(ERROR, [`Assertion failed: ${first}`, ...rest]);
    else log(ERROR, ['Assertion failed:', ...data]);
  },
  clear(): void {
    groups = 0;
  },
  debug(...data: unknown[]): void {
    log(DEBUG, data);
  },
  error(...data: unknown[]): void {
    log(ERROR, data);
  },
  info(...data: unknown[]): void {
    log(INFO, data);
  },
  log(...data: unknown[]): void {
    log(INFO, data);
  },
  table(tabularData: unknown = undefined, properties: unknown = undefined): void {
    if (!isObject(tabularData)) log(INFO, [tabularData]);
    else write(INFO, () => inspection.get().formatTable(tabularData, properties));
  },
  trace(...data: unknown[]): void {
    const { stack } = new Error();
    const frames = typeof stack === 'string' ? stack.split('\n').slice(2).join('\n') : '';
    write(DEBUG, () => `Trace: ${inspection.get().formatLog(data)}\n${frames}`);
  },
  warn(...data: unknown[]): void {
    log(WARN, data);
  },
  dir(item: unknown = undefined, options: unknown = undefined): void {
    const { depth } = dictionary(options, 'console.dir: options');
    write(INFO, () => inspection.get().inspect(item, typeof depth === 'number' ? depth : undefined));
  },
  dirxml(...data: unknown[]): void {
    log(INFO, data);
  },
  count(label: unknown = 'default'): void {
    const name = labelOf(label);
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    log(INFO, [`${name}: ${count}`]);
  },
  countReset(label: unknown = 'default'): void {
    const name = labelOf(label);
    if (!counts.delete(name)) log(WARN, [`Count for "${name}" does not exist`]);
  },
  group(...data: unknown[]): void {
    startGroup(data);
  },
  groupCollapsed(...data: unknown[]): void {
    startGroup(data);
  },
  groupEnd(): void {
    if (groups > 0) groups--;
  },
  time(label: unknown = 'default'): void {
    const name = labelOf(label);
    if (timers.has(name)) log(WARN, [`Timer "${name}" already exists`]);
    else timers.set(name, currentTime());
  },
  timeLog(label: unknown = 'default', ...data: unknown[]): void {
    const name = labelOf(label);
    if (timers.has(name)) log(INFO, [elapsed(name), ...data]);
    else log(WARN, [`Timer "${name}" does not exist`]);
  },
  timeEnd(label: unknown = 'default'): void {
    const name = labelOf(label);
    if (timers.has(name)) log(INFO, [elapsed(name)]);
    else log(WARN, [`Timer "${name}" does not exist`]);
    timers.delete(name);
  },
};

/** A namespace object: its methods work without `this`. */
export const console = Object.assign(Object.create({}) as object, methods);
defineProperty(console, Symbol.toStringTag, { value: 'console', configurable: true });
