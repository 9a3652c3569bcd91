/**
 * Bundles the guest's modules with esbuild: once the eager ones, and each lazy part for itself. A part reaches the eager
 * modules that it imports through the object `eagerModules` of the script around it, so that no module exists twice.
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

/** The eager modules. Exports `connect`, and `eagerModules` with those that parts use. */
export async function bundleEager(used: ReadonlySet<string>, folders: Folders): Promise<Bundle> {
  const names = [...used].sort();
  const imports = names.map((file, index) => `import * as m${index} from ${JSON.stringify(`./${file}`)};`);
  const table = names.map((file, index) => `${JSON.stringify(file)}: m${index}`);
  const main = JSON.stringify(`./${relative(folders.rootFolder, entryOf('main.guest.ts', folders))}`);
  const contents = [
    ...imports,
    `export const eagerModules = { ${table.join(', ')} };`,
    `export { connect } from ${main};`,
  ];
  const stdin = { contents: contents.join('\n'), resolveDir: folders.rootFolder, sourcefile: 'prelude-entry.js' };
  return toBundle(await build({ ...options(folders), globalName: EAGER_NAME, stdin }));
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

/** Turns each import of an eager module into a look at `eagerModules`. */
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
        contents: `module.exports = eagerModules[${JSON.stringify(path)}];`,
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
