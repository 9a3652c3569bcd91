/**
 * Packages bundled once for many builds of one function: what its own files import of them, which later builds take in place of
 * the packages' files. Most of what esbuild does for a function with a framework is done again and again for the same packages;
 * this leaves a fifth of it.
 *
 * Guarantees: a build with it has the same modules, once each and in the same order, with the same names and places in its
 * source map. Whatever else a build turns out to need (a further export, another package, another order, a built-in of Node, a
 * file of a package that has changed) makes it give way to a whole one.
 * Only for packages that are ES modules throughout: what CommonJS exports is known when it has run.
 */
import { dirname, join, relative } from 'node:path';
import { build, type BuildResult, type Message, type Metafile, type Plugin } from 'esbuild';
import { BUNDLE_FILE, type BundleTask, esbuildOptions, NO_NEEDS } from './esbuild-options.ts';
import { isUnchanged, type Stamps, stampsOf } from './package-stamps.ts';

/** What stands for an export that no file used: a bundle in which it is needs that export. */
const ABSENT = '__sovfn_absent_export_';
const NAMESPACE = 'sovfn';
/** How esbuild names the kept modules. */
const CHUNK = `${NAMESPACE}:chunk/`;

export interface KeptModule {
  readonly plugin: Plugin;
  /** Of the files of the packages, as in a whole build. */
  readonly inputs: Metafile['inputs'];
  readonly sizes: Metafile['outputs'][string]['inputs'];
  readonly warnings: readonly Message[];
  /** Kept modules in the order in which they run. */
  readonly order: readonly string[];
}

interface Kept extends KeptModule {
  readonly key: string;
  readonly stamps: Stamps;
}

export class KeptPackages {
  #kept: Kept | null = null;
  #making: Promise<void> | null = null;

  /** The last build was a whole one, and nothing of it is kept yet. */
  get isEmpty(): boolean {
    return this.#kept === null;
  }

  /** Null: there is nothing that a build of the task could take. */
  for(task: BundleTask): KeptModule | null {
    const kept = this.#kept;
    return kept !== null && kept.key === keyOf(task) && isUnchanged(kept.stamps) ? kept : null;
  }

  /** Makes what later builds take, from a whole build that needed nothing special. Not awaited by anybody but tests. */
  renew(task: BundleTask, whole: BuildResult<{ metafile: true }>): void {
    this.#kept = null;
    this.#making ??= makeKept(task, whole)
      .then((kept) => void (this.#kept = kept))
      // Every build can do without.
      .catch(() => undefined)
      .finally(() => (this.#making = null));
  }

  drop(): void {
    this.#kept = null;
  }

  async settled(): Promise<void> {
    await this.#making;
  }
}

/** Does this bundle need an export of a package that was not kept? */
export const needsAbsentExport = (text: string): boolean => text.includes(ABSENT);

export const isOfPackage = (path: string): boolean => path.split('/').includes('node_modules');

const keyOf = ({ main, hasTsconfig, hasWebAssembly, mapsText }: BundleTask): string =>
  JSON.stringify([main, hasTsconfig, hasWebAssembly, mapsText]);

/** An import of a package in a file of the function's own. */
interface PackageImports {
  /** Files that are imported, as esbuild names them; their position names them in the kept module. */
  readonly entries: readonly string[];
  /** Position in `entries` by folder of the importing file and what it wrote. */
  readonly byImport: ReadonlyMap<string, number>;
  readonly specifiers: readonly string[];
}

async function makeKept(
  task: BundleTask,
  { metafile, warnings }: BuildResult<{ metafile: true }>,
): Promise<Kept | null> {
  const files = Object.keys(metafile.inputs).filter(isOfPackage);
  const imports = findImports(task.root, metafile);
  if (imports === null || imports.entries.length === 0) return null;
  const stamps = stampsOf(task.root, files);
  const exported = await exportsOf(task, imports.entries);
  const used = await findUsed(task, imports, exported);
  const chunks = await bundlePackages(task, imports.entries, used);
  const plugin = packagesPlugin(
    task.root,
    imports,
    (entry) => facade(entry, used[entry]!, exported[entry]!),
    chunks.texts,
  );
  const order = orderIn(await buildWith(task, plugin));
  const kept = order.flatMap((name) => chunks.files.get(name) ?? []);
  if (!(await runsAlike(task.root, kept, orderIn(metafile)))) return null;
  const sizes = Object.entries(metafile.outputs[BUNDLE_FILE]!.inputs).filter(([path]) => isOfPackage(path));
  return {
    key: keyOf(task),
    stamps,
    plugin,
    order,
    inputs: Object.fromEntries(files.map((file) => [file, metafile.inputs[file]!])),
    sizes: Object.fromEntries(sizes),
    warnings: warnings.filter(({ location }) => location !== null && isOfPackage(location.file)),
  };
}

/** Null: something is not an ES module, or is imported by another kind of import. */
function findImports(root: string, { inputs }: Metafile): PackageImports | null {
  const entries: string[] = [];
  const byImport = new Map<string, number>();
  const specifiers = new Set<string>();
  for (const [file, { format, imports }] of Object.entries(inputs)) {
    if (isOfPackage(file)) {
      if (format !== 'esm' || imports.some(({ path, kind }) => kind !== 'import-statement' || !isOfPackage(path)))
        return null;
      continue;
    }
    for (const { path, kind, original } of imports) {
      if (!isOfPackage(path)) continue;
      if (kind !== 'import-statement' || original === undefined || !/^[^./]/.test(original)) return null;
      if (!entries.includes(path)) entries.push(path);
      byImport.set(importKey(join(root, dirname(file)), original), entries.indexOf(path));
      specifiers.add(original);
    }
  }
  return { entries, byImport, specifiers: [...specifiers] };
}

const importKey = (folder: string, specifier: string): string => `${folder}\n${specifier}`;

/** All names that each entry exports. */
async function exportsOf(task: BundleTask, entries: readonly string[]): Promise<string[][]> {
  const { metafile } = await build({
    ...optionsOf(task),
    entryPoints: entries.map((path, entry) => ({ in: join(task.root, path), out: String(entry) })),
    outdir: NAMESPACE,
    sourcemap: false,
  });
  return entries.map((_, entry) => metafile.outputs[`${NAMESPACE}/${entry}.js`]?.exports ?? []);
}

/** By esbuild's own analysis of the function's files: of a bundle where each export is a mark, those whose mark is left. */
async function findUsed(
  task: BundleTask,
  imports: PackageImports,
  exported: readonly string[][],
): Promise<readonly string[][]> {
  const plugin = packagesPlugin(task.root, imports, (entry) => facade(entry, [], exported[entry]!), new Map());
  const options = esbuildOptions(task, NO_NEEDS, { names: new Set() });
  const { outputFiles } = await build({ ...options, sourcemap: false, plugins: [plugin, ...options.plugins] });
  const text = outputFiles[0]?.text ?? '';
  return exported.map((names, entry) => names.filter((name) => text.includes(`"${markOf(entry, name)}"`)));
}

/** The modules that later builds take, with their source maps: one for each entry, and what several share. */
async function bundlePackages(
  task: BundleTask,
  entries: readonly string[],
  used: readonly string[][],
): Promise<Chunks> {
  const plugin: Plugin = {
    name: 'package-entries',
    setup(bundler) {
      bundler.onResolve({ filter: /^entry:/ }, ({ path }) => ({
        path: path.slice('entry:'.length),
        namespace: 'entry',
      }));
      bundler.onLoad({ filter: /./, namespace: 'entry' }, ({ path }) => ({
        contents: `export{${used[Number(path)]!.join(',')}} from ${JSON.stringify(join(task.root, entries[Number(path)]!))};`,
        loader: 'js',
        resolveDir: task.root,
      }));
    },
  };
  const options = optionsOf(task);
  const { outputFiles, metafile } = await build({
    ...options,
    entryPoints: entries.map((_, entry) => ({ in: `entry:${entry}`, out: String(entry) })),
    outdir: '.',
    splitting: true,
    sourcemap: 'inline',
    plugins: [plugin, ...options.plugins],
  });
  const nameOf = (path: string): string => relative(task.root, path);
  return {
    texts: new Map(outputFiles.map(({ path, text }) => [nameOf(path), text])),
    files: new Map(Object.entries(metafile.outputs).map(([name, { inputs }]) => [name, inOrder(inputs)])),
  };
}

interface Chunks {
  readonly texts: ReadonlyMap<string, string>;
  /** Files of packages in the order in which they run. */
  readonly files: ReadonlyMap<string, readonly string[]>;
}

/** Files of packages, or kept modules, in the order in which a bundle runs them; those of which nothing is left do not count. */
export function orderIn({ outputs }: Metafile): string[] {
  return inOrder(outputs[BUNDLE_FILE]!.inputs);
}

const inOrder = (inputs: Metafile['outputs'][string]['inputs']): string[] =>
  Object.keys(inputs)
    .filter((path) => inputs[path]!.bytesInOutput > 0 && (isOfPackage(path) || path.startsWith(CHUNK)))
    .map((path) => (path.startsWith(CHUNK) ? path.slice(CHUNK.length) : path));

/** What several entries share runs before all that is left of them; a module for which that makes a difference is not moved. */
async function runsAlike(root: string, kept: readonly string[], whole: readonly string[]): Promise<boolean> {
  const [inKept, inWhole] = [new Set(kept), new Set(whole)];
  let left = kept.filter((file) => inWhole.has(file));
  let wanted = whole.filter((file) => inKept.has(file));
  for (let at = 0; at < left.length; at++) {
    const moved = left[at]!;
    if (moved === wanted[at]) continue;
    if (!(await isWithoutEffect(join(root, moved)))) return false;
    left = left.filter((file) => file !== moved);
    wanted = wanted.filter((file) => file !== moved);
    at--;
  }
  return true;
}

/** By esbuild's own analysis: nothing is left of the module when nobody uses its exports. It reads no global then, either. */
async function isWithoutEffect(file: string): Promise<boolean> {
  const alone: Plugin = {
    name: 'alone',
    setup(bundler) {
      bundler.onResolve({ filter: /./ }, ({ importer }) =>
        importer === file ? { path: 'other', external: true, sideEffects: false } : { path: file },
      );
    },
  };
  const { metafile } = await build({
    stdin: { contents: `import ${JSON.stringify(file)};`, resolveDir: dirname(file) },
    ...{ bundle: true, format: 'esm', write: false, metafile: true, logLevel: 'silent', tsconfigRaw: {} },
    plugins: [alone],
  });
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.values(output.inputs));
  return inputs.every(({ bytesInOutput }) => bytesInOutput === 0);
}

async function buildWith(task: BundleTask, plugin: Plugin): Promise<Metafile> {
  const options = esbuildOptions(task, NO_NEEDS, { names: new Set() });
  return (await build({ ...options, plugins: [plugin, ...options.plugins] })).metafile;
}

function optionsOf(task: BundleTask) {
  const { stdin: _, outfile: __, ...options } = esbuildOptions(task, NO_NEEDS, { names: new Set() });
  return options;
}

const markOf = (entry: number, name: string): string => `${ABSENT}${entry}_${name}`;

/** The module that stands for an entry of a package: what was used of it, and marks for all else. */
function facade(entry: number, used: readonly string[], exported: readonly string[]): string {
  const absent = exported
    .filter((name) => !used.includes(name))
    .map((name) => {
      const mark = markOf(entry, name);
      return `var ${mark}="${mark}";export{${mark} as ${name}};`;
    });
  const kept = used.length === 0 ? [] : [`export{${used.join(',')}} from "${CHUNK}${entry}.js";`];
  return [...kept, ...absent].join('\n');
}

function packagesPlugin(
  root: string,
  { byImport, specifiers }: PackageImports,
  facadeOf: (entry: number) => string,
  texts: ReadonlyMap<string, string>,
): Plugin {
  const written = new RegExp(`^(?:${specifiers.map((text) => text.replaceAll(/[^\w/]/g, '\\$&')).join('|')})$`);
  return {
    name: 'kept-packages',
    setup(bundler) {
      bundler.onResolve({ filter: written, namespace: 'file' }, ({ path, resolveDir, kind }) => {
        const entry = kind === 'import-statement' ? byImport.get(importKey(resolveDir, path)) : undefined;
        return entry === undefined ? undefined : { path: `package/${entry}`, namespace: NAMESPACE };
      });
      bundler.onResolve({ filter: /^sovfn:chunk\//, namespace: NAMESPACE }, ({ path }) => ({
        path: path.slice(`${NAMESPACE}:`.length),
        namespace: NAMESPACE,
      }));
      bundler.onResolve({ filter: /^\.\//, namespace: NAMESPACE }, ({ path, importer }) =>
        importer.startsWith('chunk/') ? { path: `chunk/${path.slice('./'.length)}`, namespace: NAMESPACE } : undefined,
      );
      bundler.onLoad({ filter: /^package\//, namespace: NAMESPACE }, ({ path }) => ({
        contents: facadeOf(Number(path.slice('package/'.length))),
        loader: 'js',
        resolveDir: root,
      }));
      bundler.onLoad({ filter: /^chunk\//, namespace: NAMESPACE }, ({ path }) => ({
        contents: texts.get(path.slice('chunk/'.length)) ?? '',
        loader: 'js',
        resolveDir: root,
      }));
    },
  };
}
