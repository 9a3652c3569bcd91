/**
 * Bundles the guest's modules with esbuild: once the eager ones, and each lazy part for itself. A part reaches the eager
 * modules that it imports through the function `eagerModules`, so that no module exists twice.
 */
import { relative, resolve } from 'node:path';
import { build, type BuildOptions, type Metafile, type Plugin } from 'esbuild';
import { PARTS } from './parts.ts';
import { substitutes } from './substitutes.ts';

export interface Bundle {
  readonly text: string;
  readonly map: string;
  /** Files bundled, relative to `rootFolder`. */
  readonly files: readonly string[];
}

export interface Folders {
  readonly guestFolder: string;
  /** Paths in the output are relative to this, so that it is the same wherever the checkout lies. */
  readonly rootFolder: string;
}

/** The variables that the bundles assign their exports to. */
export const EAGER_NAME = 'prelude';
export const PART_NAME = 'part';

/** Relative paths of the modules that are evaluated at once. */
export async function findEagerFiles(folders: Folders): Promise<ReadonlySet<string>> {
  const { metafile } = await build({ ...options(folders), entryPoints: [entryOf('main.guest.ts', folders)] });
  return new Set(Object.keys(metafile.inputs));
}

/** One lazy part. `used` collects the eager modules that it imports. */
export async function bundlePart(
  name: string,
  eagerFiles: ReadonlySet<string>,
  used: Set<string>,
  folders: Folders,
): Promise<Bundle> {
  const entry = entryOf(PARTS[name]!, folders);
  const plugins = [eagerModules(eagerFiles, used, folders), substitutes(folders.guestFolder)];
  return toBundle(await build({ ...options(folders), globalName: PART_NAME, entryPoints: [entry], plugins }));
}

/**
 * The eager modules. Exports `connect`, and `eagerModules`, which makes an object of a module that parts use: made on
 * demand, because most isolates evaluate no part, and tables of all exports took 120 KB of each (measured).
 */
export async function bundleEager(used: ReadonlySet<string>, folders: Folders): Promise<Bundle> {
  const imports: string[] = [];
  const cases: string[] = [];
  for (const [file, names] of await findExports([...used].sort(), folders)) {
    const alias = (name: string): string => `m${cases.length}_${name}`;
    imports.push(`import { ${names.map((name) => `${name} as ${alias(name)}`).join(', ')} } from './${file}';`);
    const getters = names.map((name) => `get ${name}() { return ${alias(name)} }`);
    cases.push(`case ${JSON.stringify(file)}: return { ${getters.join(', ')} };`);
  }
  const main = JSON.stringify(`./${relative(folders.rootFolder, entryOf('main.guest.ts', folders))}`);
  const contents = [
    ...imports,
    `export function eagerModules(file) { switch (file) { ${cases.join('\n')} } }`,
    `export { connect } from ${main};`,
  ];
  const stdin = { contents: contents.join('\n'), resolveDir: folders.rootFolder, sourcefile: 'prelude-entry.js' };
  return toBundle(await build({ ...options(folders), globalName: EAGER_NAME, stdin }));
}

/** What each file exports, besides types. */
async function findExports(files: readonly string[], folders: Folders): Promise<[string, readonly string[]][]> {
  const entryPoints = files.map((file) => resolve(folders.rootFolder, file));
  const { metafile } = await build({
    ...options(folders),
    bundle: false,
    format: 'esm',
    sourcemap: false,
    plugins: [],
    entryPoints,
  });
  return Object.values(metafile.outputs).map((output) => [output.entryPoint!, output.exports]);
}

function options({ guestFolder, rootFolder }: Folders) {
  return {
    absWorkingDir: rootFolder,
    bundle: true,
    format: 'iife',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2024',
    charset: 'ascii',
    // Each isolate keeps the text. Methods and interfaces keep their names; the map has the others.
    minify: true,
    legalComments: 'none',
    sourcemap: 'external',
    sourcesContent: false,
    outdir: rootFolder,
    write: false,
    metafile: true,
    tsconfigRaw: {},
    plugins: [substitutes(guestFolder)],
    logLevel: 'silent',
  } as const satisfies BuildOptions;
}

/** Turns each import of an eager module into a call of `eagerModules`. */
function eagerModules(eagerFiles: ReadonlySet<string>, used: Set<string>, { rootFolder }: Folders): Plugin {
  return {
    name: 'eager-modules',
    setup(bundler) {
      bundler.onResolve({ filter: /\.guest\.ts$/ }, ({ path, resolveDir, kind }) => {
        const file = relative(rootFolder, resolve(resolveDir, path)).replaceAll('\\', '/');
        if (kind === 'entry-point' || !eagerFiles.has(file)) return undefined;
        used.add(file);
        return { path: file, namespace: 'eager' };
      });
      bundler.onLoad({ filter: /./, namespace: 'eager' }, ({ path }) => ({
        contents: `module.exports = eagerModules(${JSON.stringify(path)});`,
        loader: 'js',
      }));
    },
  };
}

function entryOf(file: string, { guestFolder }: Folders): string {
  return resolve(guestFolder, file);
}

interface BuildOutput {
  readonly outputFiles: readonly { readonly path: string; readonly text: string }[];
  readonly metafile: Metafile;
}

function toBundle({ outputFiles, metafile }: BuildOutput): Bundle {
  const text = outputFiles.find(({ path }) => path.endsWith('.js'))!.text;
  const map = outputFiles.find(({ path }) => path.endsWith('.map'))!.text;
  return { text: text.trimEnd(), map, files: Object.keys(metafile.inputs) };
}
