/**
 * `node:process`: what packages look at to find out where they run. `env` holds the `vars` of the function's configuration
 * as they were when it was built; secrets are in the handler's `env` alone. There are no events and no process to end.
 */
import { vars } from 'sovfn:vars';

/** The version of Node whose behaviour the built-ins follow. */
const NODE_VERSION = '26.10.0';
const NANOSECONDS = 1_000_000n;
const NANOSECONDS_NUMBER = 1_000_000;

const env: Record<string, string | undefined> = { ...vars };
const version = `v${NODE_VERSION}`;
const versions = { node: NODE_VERSION };
const platform = 'linux';
const release = { name: 'sovfn' };
const argv: string[] = [];
const execArgv: string[] = [];
const title = 'sovfn';
const pid = 1;

function nextTick(callback: (...args: unknown[]) => unknown, ...args: unknown[]): void {
  queueMicrotask(() => void callback(...args));
}

const cwd = (): string => '/';
const uptime = (): number => performance.now() / 1_000;

/** The clock stands still between entries: see Date. */
const hrtime = Object.assign(
  (before: readonly [number, number] = [0, 0]): [number, number] => {
    const elapsed = hrtime.bigint() - (BigInt(before[0]) * 1_000n * NANOSECONDS + BigInt(before[1]));
    return [Number(elapsed / (1_000n * NANOSECONDS)), Number(elapsed % (1_000n * NANOSECONDS))];
  },
  { bigint: (): bigint => BigInt(Math.round(performance.now() * NANOSECONDS_NUMBER)) },
);

function emitWarning(warning: string | Error): void {
  console.warn(typeof warning === 'string' ? `Warning: ${warning}` : String(warning));
}

function exit(code = 0): never {
  throw new Error(`process.exit(${code}) cannot end a function: return a Response or throw an Error`);
}

function logsTo(level: 'log' | 'error') {
  return {
    isTTY: false,
    write(text: unknown): boolean {
      console[level](String(text).replace(/\n$/, ''));
      return true;
    },
  };
}

const stdout = logsTo('log');
const stderr = logsTo('error');

const members = {
  argv,
  cwd,
  emitWarning,
  env,
  execArgv,
  exit,
  hrtime,
  nextTick,
  pid,
  platform,
  release,
  stderr,
  stdout,
  title,
  uptime,
  version,
  versions,
};

/** Listeners are taken and never called: nothing that Node would tell them happens to an isolate. */
const listening = ['addListener', 'off', 'on', 'once', 'prependListener', 'removeAllListeners', 'removeListener'];
const process: typeof members = Object.assign(
  members,
  Object.fromEntries(listening.map((name) => [name, () => process])),
  { emit: () => false, listenerCount: () => 0, listeners: () => [] },
);

export {
  argv,
  cwd,
  process as default,
  emitWarning,
  env,
  execArgv,
  exit,
  hrtime,
  nextTick,
  pid,
  platform,
  release,
  stderr,
  stdout,
  title,
  uptime,
  version,
  versions,
};
