/**
 * The built-ins of Node that functions can import, with and without `node:`. Their sources are in `../builtins`; a bundle
 * holds those that it imports. What a package says of a built-in for browsers, in its field `browser`, stands above this;
 * an installed package of a built-in's name (`buffer`, `events`) does not, as in Node.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build, type OnResolveArgs, type OnResolveResult, type Plugin, type PluginBuild } from 'esbuild';

/** File in `../builtins` by name of the built-in. */
const BUILTINS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    assert: 'assert.ts',
    'assert/strict': 'assert-strict.ts',
    async_hooks: 'async_hooks.ts',
    buffer: 'buffer.ts',
    crypto: 'crypto.ts',
    events: 'events.ts',
    path: 'path.ts',
    'path/posix': 'path.ts',
    process: 'process.ts',
    querystring: 'querystring.ts',
    stream: 'stream.ts',
    'stream/promises': 'stream-promises.ts',
    'stream/web': 'stream-web.ts',
    string_decoder: 'string_decoder.ts',
    timers: 'timers.ts',
    'timers/promises': 'timers-promises.ts',
    url: 'url.ts',
    util: 'util.ts',
    'util/types': 'util-types.ts',
  }),
);

/** Those whose default export is more than the object of their names. */
const OWN_DEFAULT = new Set(['assert.ts', 'assert-strict.ts', 'events.ts', 'path.ts', 'process.ts', 'stream.ts']);

export interface BuiltinUse {
  /** Built-ins that the sources import, without `node:`. */
  readonly names: Set<string>;
}

const FOLDER = fileURLToPath(new URL('../builtins/', import.meta.url));

/** Modules of the platform: the names in bundles and maps are the same on every machine, and stacks leave them out. */
const NAMESPACE = 'sovfn';
const ANY_BUILTIN = new RegExp(`^(?:node:)?(?:${[...BUILTINS.keys()].join('|')})$`);

/** `vars` are what `process.env` holds. */
export function builtinModules(vars: Readonly<Record<string, string>>, use: BuiltinUse): Plugin {
  return {
    name: 'builtin-modules',
    setup(bundler) {
      bundler.onResolve({ filter: ANY_BUILTIN }, (args) => resolveBuiltin(bundler, args, use));
      bundler.onResolve({ filter: /^\.\/|^sovfn:/, namespace: NAMESPACE }, resolveInside);
      bundler.onResolve({ filter: /^(?:process\/|abort-controller)$/ }, resolveOfStreams);
      bundler.onLoad({ filter: /^node\//, namespace: NAMESPACE }, async ({ path }) => ({
        contents: await readFile(FOLDER + path.slice('node/'.length), 'utf8'),
        loader: 'ts',
        resolveDir: FOLDER,
      }));
      bundler.onLoad({ filter: /^(?:import|require)\//, namespace: NAMESPACE }, ({ path }) => ({
        contents: facade(path),
        loader: 'js',
        resolveDir: FOLDER,
      }));
      bundler.onLoad({ filter: /^vars$/, namespace: NAMESPACE }, () => ({
        contents: `export const vars = ${JSON.stringify(vars)};`,
        loader: 'js',
      }));
      bundler.onLoad({ filter: /^nothing$/, namespace: NAMESPACE }, () => ({ contents: '', loader: 'js' }));
    },
  };
}

/** Marks the question that this plugin asks itself. */
const ASKED = Symbol('asked');

async function resolveBuiltin(
  bundler: PluginBuild,
  { path, importer, namespace, resolveDir, kind, pluginData }: OnResolveArgs,
  use: BuiltinUse,
): Promise<OnResolveResult | undefined> {
  if (pluginData === ASKED) return undefined;
  const name = path.replace(/^node:/, '');
  if (namespace !== NAMESPACE) {
    const found = await bundler.resolve(path, { importer, namespace, resolveDir, kind, pluginData: ASKED });
    if (found.errors.length === 0 && !isPackage(found.path, name))
      return { path: found.path, namespace: found.namespace };
  }
  use.names.add(name);
  const form = kind === 'require-call' || kind === 'require-resolve' ? 'require' : 'import';
  return { path: `${form}/${name}`, namespace: NAMESPACE, sideEffects: name === 'async_hooks' };
}

const isPackage = (path: string, name: string): boolean =>
  path.replaceAll('\\', '/').includes(`/node_modules/${name.split('/')[0]}/`);

/** Imports between the modules of this folder. */
function resolveInside({ path, importer }: OnResolveArgs): OnResolveResult | undefined {
  if (path === 'sovfn:vars') return { path: 'vars', namespace: NAMESPACE, sideEffects: false };
  if (!path.startsWith('./')) return undefined;
  const isOfFacade = importer.startsWith('require/') && path.startsWith('./import/');
  return { path: isOfFacade ? path.slice('./'.length) : `node/${path.slice('./'.length)}`, namespace: NAMESPACE };
}

/** What readable-stream brings for platforms that have less than this one. */
function resolveOfStreams({ path, importer }: OnResolveArgs): OnResolveResult | undefined {
  if (!importer.replaceAll('\\', '/').includes('/node_modules/readable-stream/')) return undefined;
  return { path: path === 'process/' ? 'require/process' : 'nothing', namespace: NAMESPACE };
}

/**
 * A built-in in the form in which it is asked for: `import/x` with a default export; `require/x` the value that require()
 * gives, which packages may change.
 */
function facade(path: string): string {
  const form = path.slice(0, path.indexOf('/'));
  const name = path.slice(form.length + 1);
  const file = BUILTINS.get(name)!;
  const hasDefault = OWN_DEFAULT.has(file);
  if (form === 'require') {
    return `const all = require("./import/${name}"); module.exports = ${hasDefault ? 'all.default' : '{ ...all }'};`;
  }
  const value = hasDefault
    ? `export { default } from "./${file}";`
    : `import * as all from "./${file}"; export { all as default };`;
  return `export * from "./${file}"; ${value}`;
}

/** The names that each built-in exports, sorted. */
export async function builtinExports(): Promise<Record<string, string[]>> {
  const files = [...new Set(BUILTINS.values())];
  const entryPoints = files.map((file) => FOLDER + file);
  const { metafile } = await build({ entryPoints, format: 'esm', outdir: FOLDER, write: false, metafile: true });
  const outputs = Object.values(metafile.outputs);
  const namesOf = (file: string): string[] =>
    outputs.find(({ entryPoint }) => entryPoint?.endsWith(`/${file}`))?.exports.filter((name) => name !== 'default') ??
    [];
  return Object.fromEntries([...BUILTINS].map(([name, file]) => [name, namesOf(file)]));
}
