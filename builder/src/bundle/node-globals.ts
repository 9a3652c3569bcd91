/**
 * The globals of Node that packages use without importing them. A function's global object has none of them; a file that
 * uses one without asking first whether it is there gets it as an import. One that asks (`typeof Buffer`) is made for
 * platforms without Node too, and is left to its other way, which is smaller.
 */
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { build, type Loader, type Metafile, type Plugin } from 'esbuild';

/** The built-in that gives each. */
const GLOBALS: Readonly<Record<string, string>> = {
  Buffer: 'buffer',
  process: 'process',
  setImmediate: 'timers',
  clearImmediate: 'timers',
};
const NAMES = Object.keys(GLOBALS).join('|');
const POSSIBLE = new RegExp(`(?<![.\\w$])(?:${NAMES})(?![\\w$:])`);

interface FileNeeds {
  readonly names: readonly string[];
  /** Else a CommonJS file, which an `import` would make a module. */
  readonly isModule: boolean;
}

/** By file, relative to the function's folder. */
export type NodeGlobals = ReadonlyMap<string, FileNeeds>;

interface Bundled {
  readonly metafile: Metafile;
  readonly outputFiles: readonly { readonly text: string; readonly path: string }[];
}

/** Looks through the files of a bundle, and at none when its text has none of the names. */
export async function findNodeGlobals(root: string, { metafile, outputFiles }: Bundled): Promise<NodeGlobals> {
  const found = new Map<string, FileNeeds>();
  if (!outputFiles.some(({ path, text }) => !path.endsWith('.map') && POSSIBLE.test(text))) return found;
  for (const [file, { format }] of Object.entries(metafile.inputs)) {
    if (!SCRIPT.test(file)) continue;
    const text = await readFile(join(root, file), 'utf8');
    const names = Object.keys(GLOBALS).filter((name) => mayNeed(text, name));
    const needed = names.length === 0 ? [] : await freeNames(file, text, names);
    if (needed.length > 0) found.set(file, { names: needed, isModule: format === 'esm' });
  }
  return found;
}

const SCRIPT = /^(?!sovfn:|<|\(disabled\):).*\.([cm]?[jt]s|[jt]sx)$/;

function mayNeed(text: string, name: string): boolean {
  const isUsed = new RegExp(`(?<![.\\w$])${name}(?![\\w$])`).test(text);
  const isAsked = new RegExp(`typeof\\s+\\(?${name}\\b|(?:globalThis|global|self|window|root)\\.${name}\\b`).test(text);
  return isUsed && !isAsked;
}

/** Those that are free variables of the file: esbuild replaces these only. */
async function freeNames(file: string, text: string, names: readonly string[]): Promise<string[]> {
  const define = Object.fromEntries(names.map((name) => [name, `__sovfn_free_${name}`]));
  const { outputFiles } = await build({
    stdin: { contents: text, loader: loaderOf(file) },
    // Known to the bundle: never read.
    define: { 'process.env.NODE_ENV': '""', ...define },
    write: false,
    minifyWhitespace: true,
    logLevel: 'silent',
    tsconfigRaw: {},
  });
  const code = outputFiles[0]?.text ?? '';
  return names.filter((name) => code.includes(`__sovfn_free_${name}`));
}

/** Gives each file the imports that it needs. */
export function giveNodeGlobals(root: string, globals: NodeGlobals): Plugin {
  return {
    name: 'node-globals',
    setup(bundler) {
      if (globals.size === 0) return;
      bundler.onLoad({ filter: /./, namespace: 'file' }, async ({ path }) => {
        const needs = globals.get(relative(root, path).replaceAll('\\', '/'));
        if (needs === undefined) return undefined;
        const text = await readFile(path, 'utf8');
        return { contents: withImports(text, needs), loader: loaderOf(path) };
      });
    },
  };
}

const loaderOf = (path: string): Loader => (/\.[cm]?ts$/.test(path) ? 'ts' : path.endsWith('.tsx') ? 'tsx' : 'jsx');

/** Imports work from the end too, where they move no position. What is required must come first. */
function withImports(text: string, { names, isModule }: FileNeeds): string {
  if (isModule)
    return [text, ...names.map((name) => `import ${binding(name)} from "node:${GLOBALS[name]!}";`)].join('\n');
  const lines = names.map((name) => `var ${binding(name)}=require("node:${GLOBALS[name]!}");`);
  return lines.join('') + text.replace(/^#!/, '//');
}

/** `process` is the whole module. */
const binding = (name: string): string => (name === 'process' ? name : `{${name}}`);
