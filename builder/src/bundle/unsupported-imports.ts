/**
 * What functions cannot import, and what to use instead. The built-ins of Node that they can import are in
 * `builtin-modules.ts`.
 */
import { isBuiltin } from 'node:module';
import type { Plugin } from 'esbuild';

const NO_NODE =
  'Functions run in a V8 isolate with Web APIs and without Node: look for a package that works in browsers or workers.';
const OVER_HTTP = 'Reach other services over HTTP with fetch().';
const ONE_ISOLATE = 'Start further work by calling another function or by sending to a queue.';
const NO_FILES =
  'Functions have no file system: import a text or JSON file to have it in the bundle, or keep data in a bucket binding.';

/** For each built-in with an obvious counterpart, what to do. */
const INSTEAD: ReadonlyMap<string, string> = new Map(
  Object.entries({
    child_process: ONE_ISOLATE,
    cluster: ONE_ISOLATE,
    console: 'Use the global console.',
    dgram: OVER_HTTP,
    dns: OVER_HTTP,
    fs: NO_FILES,
    'fs/promises': NO_FILES,
    http: OVER_HTTP,
    http2: OVER_HTTP,
    https: OVER_HTTP,
    net: OVER_HTTP,
    perf_hooks: 'Use the global performance.',
    tls: OVER_HTTP,
    'stream/consumers': 'Use new Response(stream) and its methods text(), json() and bytes().',
    worker_threads: ONE_ISOLATE,
  }),
);

const BY_NAME = 'Install the package with npm and import it by its name.';
/** Of another platform: what takes the place of its modules. */
const WORKERS_SCHEME = 'cloudflare:';
const WORKERS_MODULES: ReadonlyMap<string, string> = new Map([
  ['sockets', OVER_HTTP],
  [
    'workers',
    'Handlers get env and ctx as arguments; `sovfn import --wrangler` says what of a Workers project has no counterpart.',
  ],
]);
const NO_COUNTERPART =
  'Nothing here takes its place; `sovfn import --wrangler` says what of a Workers project has no counterpart.';

/** Endings of files that no bundle can hold, with what to do. */
const UNSUPPORTED_FILES: Readonly<Record<string, { readonly what: string; readonly hint: string }>> = {
  '.node': { what: 'a native module', hint: NO_NODE },
  '.wasm': {
    what: 'a WebAssembly module, which this function did not ask for',
    hint: 'Set limits.wasmMemoryMb in sovfn.jsonc to the part of memoryMb that it may take, such as 32.',
  },
};

export interface UnsupportedImport {
  /** Completes `"node:fs" is …`. */
  readonly what: string;
  readonly hint: string;
}

/** Says why a path that esbuild could not resolve can never be, or null when it only was not found. */
export function unsupportedImport(specifier: string): UnsupportedImport | null {
  if (isBuiltin(specifier)) {
    return { what: 'built into Node, which functions do not have', hint: INSTEAD.get(bareName(specifier)) ?? NO_NODE };
  }
  const [, scheme] = /^([a-z][a-z0-9+.-]*:|\/\/)/i.exec(specifier) ?? [];
  if (scheme === undefined) return null;
  const what = `an import by "${scheme}", which no function can make`;
  if (scheme !== WORKERS_SCHEME) return { what, hint: BY_NAME };
  return { what, hint: WORKERS_MODULES.get(specifier.slice(scheme.length)) ?? NO_COUNTERPART };
}

/** Says why files of this ending cannot be imported, or null when there is only no loader for them. */
export function unsupportedFile(extension: string): UnsupportedImport | null {
  return UNSUPPORTED_FILES[extension] ?? null;
}

const bareName = (specifier: string): string => specifier.replace(/^node:/, '');

/** esbuild leaves imports by URL in the bundle as they are; here they fail like any other path that cannot be resolved. */
export const urlImportsFail: Plugin = {
  name: 'url-imports-fail',
  setup(build) {
    build.onResolve({ filter: /^(?:https?:)?\/\// }, ({ path }) => ({ errors: [{ text: unresolvedText(path) }] }));
  },
};

/** esbuild's own words for a path that it cannot resolve. */
const unresolvedText = (path: string): string => `Could not resolve ${JSON.stringify(path)}`;
