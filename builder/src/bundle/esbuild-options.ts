/**
 * How esbuild is called. Everything that decides a byte of the bundle is set here: nothing is left to the environment,
 * the working directory, the user's settings or a `tsconfig.json` above the function's folder.
 */
import type { BuildOptions, Loader } from 'esbuild';
import { type BuiltinUse, builtinModules } from './builtin-modules.ts';
import { giveNodeGlobals, type NodeGlobals } from './node-globals.ts';
import { handOverSpanApis, spanApis } from './span-apis.ts';
import { urlImportsFail } from './unsupported-imports.ts';
import { webAssemblyModules } from './web-assembly.ts';

/** Name of the module that imports the function's entry file and exports its handler alone. */
export const ENTRY = 'sovfn:entry';
export const BUNDLE_FILE = 'bundle.mjs';
export const TSCONFIG_FILE = 'tsconfig.json';

export const TEXT_FILES = ['.css', '.csv', '.html', '.md', '.module.css', '.sql', '.svg', '.txt', '.xml'];
export const BINARY_FILES = ['.bin', '.jpeg', '.jpg', '.otf', '.pdf', '.png', '.ttf'];

/** What files become besides code and JSON: text a string, binary a Uint8Array. */
const LOADERS: Record<string, Loader> = {
  ...Object.fromEntries(TEXT_FILES.map((extension) => [extension, 'text' as const])),
  ...Object.fromEntries(BINARY_FILES.map((extension) => [extension, 'binary' as const])),
};

/** Messages that esbuild hides, and that decide whether the bundle can run. */
export const WILL_NOT_RUN = ['empty-import-meta', 'unsupported-dynamic-import', 'unsupported-require-call'] as const;

export interface BundleTask {
  /** Absolute folder. */
  readonly root: string;
  /** Entry file, relative to it. */
  readonly main: string;
  readonly hasTsconfig: boolean;
  readonly vars: Readonly<Record<string, string>>;
  /** Files that end in .wasm can be imported. */
  readonly hasWebAssembly: boolean;
  /** The source map holds the text of the sources, and not only their names. */
  readonly mapsText: boolean;
}

/** What a first look at the sources has shown that they need. */
export interface SourceNeeds {
  /** Async functions become generators on promises: AsyncLocalStorage cannot follow V8's own `await`. */
  readonly lowersAsync: boolean;
  /** Globals of Node to give, by file. */
  readonly nodeGlobals: NodeGlobals;
  /** Copies of OpenTelemetry's API, whose spans are collected. */
  readonly spanApis: readonly string[];
}

export const NO_NEEDS: SourceNeeds = { lowersAsync: false, nodeGlobals: new Map(), spanApis: [] };

const LOWERED_ASYNC = { 'async-await': false, 'async-generator': false, 'for-await': false };

/** `use` collects the built-ins that the sources import. */
export function esbuildOptions(task: BundleTask, needs: SourceNeeds, use: BuiltinUse) {
  const { root, main, hasTsconfig, vars, hasWebAssembly, mapsText } = task;
  return {
    absWorkingDir: root,
    stdin: { contents: entryModule(main, needs.spanApis), resolveDir: root, sourcefile: ENTRY, loader: 'js' },
    outfile: BUNDLE_FILE,
    write: false,
    metafile: true,
    bundle: true,
    format: 'esm',
    target: 'es2024',
    charset: 'ascii',
    ...RESOLUTION,
    plugins: [
      urlImportsFail,
      giveNodeGlobals(root, needs.nodeGlobals),
      builtinModules(vars, use),
      spanApis(root, needs.spanApis),
      ...(hasWebAssembly ? [webAssemblyModules] : []),
    ],
    ...SIZE,
    loader: LOADERS,
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
    // The node runs a script: what only modules can have must not reach the bundle. esbuild inlines import('./x.ts').
    supported: { 'dynamic-import': false, 'import-meta': false, ...(needs.lowersAsync && LOWERED_ASYNC) },
    logOverride: Object.fromEntries(WILL_NOT_RUN.map((id) => [id, 'warning' as const])),
    sourcemap: 'external',
    sourcesContent: mapsText,
    ...(hasTsconfig ? { tsconfig: TSCONFIG_FILE } : { tsconfigRaw: {} }),
    logLevel: 'silent',
    logLimit: 0,
    color: false,
  } satisfies BuildOptions;
}

/**
 * Packages are resolved as for a Web Worker: Web APIs, no Node, no page. The platform `browser` (and not `neutral`) makes
 * esbuild honour the `browser` field, by which older packages leave Node's built-ins out. Not `workerd`: packages expect
 * modules named `cloudflare:…` under it.
 */
const RESOLUTION = {
  platform: 'browser',
  conditions: ['worker', 'browser', 'production'],
  mainFields: ['browser', 'module', 'main'],
  nodePaths: [],
  preserveSymlinks: false,
} satisfies BuildOptions;

/**
 * Names stay as they are written, those of function expressions too: stacks, logs and `error.constructor.name` show
 * them. Licence texts stay in the source map.
 */
const SIZE = {
  minifyWhitespace: true,
  minifySyntax: false,
  minifyIdentifiers: false,
  treeShaking: true,
  legalComments: 'none',
} satisfies BuildOptions;

/** Re-exporting the handler alone gives every bundle the same last statement, whatever the entry file exports. */
function entryModule(main: string, copies: readonly string[]): string {
  return `${handOverSpanApis(copies)}export { default } from ${JSON.stringify(`./${main}`)};`;
}
