/** The function's module: what its default export can handle, and the environment it gets. */
import type { BindingType } from '../bindings/bindings.guest.ts';
import { describeValue, errorText } from '../core/error-text.guest.ts';
import { host } from '../core/host.guest.ts';
import { bindings } from '../core/lazy-parts.guest.ts';
import { objectFreeze, ownKeys, parseJson, promiseResolve, promiseThen } from '../core/primordials.guest.ts';
import { isObject } from '../core/webidl.guest.ts';

export type Handler = (...args: unknown[]) => unknown;

interface Installed {
  /** The default export: `this` of its handlers. */
  readonly target: object;
  readonly fetch: Handler | null;
  readonly scheduled: Handler | null;
  readonly queue: Handler | null;
  readonly environment: object;
}

/** As the host gives it (see bridge/contract.ts). */
interface Environment {
  readonly vars: Readonly<Record<string, string>>;
  readonly bindings?: Readonly<Record<string, BindingType>>;
}

const HANDLERS = ['fetch', 'scheduled', 'queue'] as const;

let installed: Installed | null = null;

/** Null until a module was installed. */
export function installedModule(): Installed | null {
  return installed;
}

/** Takes the promise of the evaluated module, and tells the host how it ended. */
export function installModule(module: Promise<unknown>, environment: string): void {
  void promiseThen(
    promiseResolve(module),
    (exports) => {
      try {
        useModule(exports, environment);
      } catch (error) {
        fail(error);
      }
    },
    fail,
  );
}

function useModule(exports: unknown, environment: string): void {
  const target: unknown = (exports as { default?: unknown } | undefined)?.default;
  if (!isObject(target)) throw new TypeError(noDefaultExport(target));
  const found: string[] = [];
  const handlers = { fetch: null, scheduled: null, queue: null } as Record<(typeof HANDLERS)[number], Handler | null>;
  for (const name of HANDLERS) {
    const handler = (target as Record<string, unknown>)[name];
    if (typeof handler !== 'function') continue;
    found.push(name);
    handlers[name] = handler as Handler;
  }
  if (found.length === 0) throw new TypeError(noHandler(target));
  installed = { target, ...handlers, environment: parseEnvironment(environment) };
  host.installed(found.join(','));
}

function parseEnvironment(text: string): object {
  const given = parseJson(text) as Environment;
  const environment: Record<string, unknown> = { ...given.vars };
  for (const name of ownKeys(given.bindings ?? {}) as string[]) {
    environment[name] = bindings.get().makeBinding(name, given.bindings![name]!);
  }
  return objectFreeze(environment);
}

function noDefaultExport(value: unknown): string {
  const found = value === undefined ? 'none' : describeValue(value);
  return `The module's default export must be an object with fetch, scheduled or queue; it has ${found}.`;
}

function noHandler(target: object): string {
  const hint = typeof target === 'function' ? ' If it is a class, export an instance of it.' : '';
  return `The module's default export has no handler: it must be an object with fetch, scheduled or queue.${hint}`;
}

function fail(error: unknown): void {
  const { name, message, stack } = errorText(error);
  host.installFailed(name, message, stack);
}
