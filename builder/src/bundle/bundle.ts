/** Runs esbuild on a function's folder and brings its output into the published form. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { build, type BuildFailure, type BuildResult, type Message } from 'esbuild';
import { problemsError, summarizeProblem } from '../problem.ts';
import { exportLine } from '../script/script-form.ts';
import type { InputFile } from '../sbom/packages.ts';
import type { BuiltinUse } from './builtin-modules.ts';
import { type BuildProblem, missingDefault, problemAtRuntime, problemOfMessage } from './diagnostics.ts';
import {
  BUNDLE_FILE,
  type BundleTask,
  esbuildOptions,
  NO_NEEDS,
  type SourceNeeds,
  TSCONFIG_FILE,
} from './esbuild-options.ts';
import { isOfPackage, type KeptModule, type KeptPackages, needsAbsentExport, orderIn } from './kept-packages.ts';
import { findNodeGlobals } from './node-globals.ts';
import { findSpanApis } from './span-apis.ts';
import { portableName, withPortableNames } from './portable-names.ts';

export interface BundledFunction {
  /** ES module text that ends in `exportLine`. */
  readonly bundle: string;
  readonly sourceMap: string;
  /** Files that were read, relative to the folder, sorted. */
  readonly inputs: readonly string[];
  /** Bytes that each input has in the bundle, largest first. */
  readonly sizes: readonly InputSize[];
  /** The same for all files that were read, also those of which nothing is left; by path. */
  readonly inputSizes: readonly InputFile[];
  readonly warnings: readonly string[];
}

export interface InputSize {
  readonly name: string;
  readonly bytes: number;
}

/**
 * Bundles the entry file `main` of the absolute folder `root`; `vars` are what `process.env` holds. The same sources give the same bytes wherever they lie.
 *
 * @throws SovfnError `unsupported-import` or `build-failed` with every problem as `file:line:column`.
 */
export async function bundleFunction(
  root: string,
  main: string,
  { packages, ...options }: Pick<BundleTask, 'vars' | 'hasWebAssembly' | 'mapsText'> & WithPackages,
): Promise<BundledFunction> {
  const hasTsconfig = existsSync(join(root, TSCONFIG_FILE));
  const { result, notes } = await runTask({ root, main, hasTsconfig, ...options }, packages);
  const warnings = [...notes, ...checkWarnings(result.warnings)];
  const files = new Set(Object.keys(result.metafile.inputs));
  // Code that the developer compiled brings a source map, whose sources esbuild did not read.
  const isOwn = (path: string): boolean => files.has(path) || (!path.startsWith('../') && existsSync(join(root, path)));
  if (exportsNothing(result, main)) throw buildError([missingDefault(main)]);
  const [sourceMap, text] = outputTexts(result);
  return {
    ...withPortableNames(withExportLine(text, main), sourceMap, isOwn),
    inputs: [...[...files].filter(isFile), ...(hasTsconfig ? [TSCONFIG_FILE] : [])].toSorted(byName),
    sizes: sizesOf(result),
    inputSizes: inputSizesOf(result, files),
    warnings,
  };
}

type Result = BuildResult<ReturnType<typeof esbuildOptions>>;

/** Costs of 1 µs instead of 0.04 (measured). */
const loweredNote = (imported: string): string =>
  `${imported} is imported: so that AsyncLocalStorage can follow them, all async functions of this bundle are ` +
  'compiled to generators, and each await costs about 1 µs of CPU.';

interface WithPackages {
  /** Those that builds before this one have kept; null: everything is bundled. */
  readonly packages: KeptPackages | null;
}

/** Bundles, and once more when the sources turn out to need what costs something. */
async function runTask(task: BundleTask, packages: KeptPackages | null): Promise<{ result: Result; notes: string[] }> {
  const kept = packages?.for(task) ?? null;
  const beside = kept === null ? null : await bundleBeside(task, kept);
  if (beside !== null) return { result: beside, notes: [] };
  packages?.drop();
  const use: BuiltinUse = { names: new Set() };
  const result = await runEsbuild(task, NO_NEEDS, use);
  const nodeGlobals = await findNodeGlobals(task.root, result);
  const spanApis = findSpanApis(result.metafile.outputs[BUNDLE_FILE]!);
  const importer = spanApis.length > 0 ? '@opentelemetry/api' : 'node:async_hooks';
  const lowersAsync = (): boolean => spanApis.length > 0 || use.names.has('async_hooks');
  if (!lowersAsync() && nodeGlobals.size === 0) {
    if (use.names.size === 0) packages?.renew(task, result);
    return { result, notes: [] };
  }
  const again = await runEsbuild(task, { lowersAsync: lowersAsync(), nodeGlobals, spanApis }, use);
  return { result: again, notes: lowersAsync() ? [loweredNote(importer)] : [] };
}

/** Bundles the function's own files with the packages as they were kept. Null: they need something else, or have an error. */
async function bundleBeside(
  task: BundleTask,
  { plugin, inputs, sizes, warnings, order }: KeptModule,
): Promise<Result | null> {
  const use: BuiltinUse = { names: new Set() };
  const options = esbuildOptions(task, NO_NEEDS, use);
  let result: Result;
  try {
    result = await build({ ...options, plugins: [plugin, ...options.plugins] });
  } catch {
    return null;
  }
  const { metafile } = result;
  const [, text] = outputTexts(result);
  if (use.names.size > 0 || needsAbsentExport(text) || Object.keys(metafile.inputs).some(isOfPackage)) return null;
  if (!isDeepStrictEqual(orderIn(metafile), order)) return null;
  if ((await findNodeGlobals(task.root, result)).size > 0) return null;
  Object.assign(metafile.inputs, inputs);
  Object.assign(metafile.outputs[BUNDLE_FILE]!.inputs, sizes);
  result.warnings.push(...warnings);
  return result;
}

async function runEsbuild(task: BundleTask, needs: SourceNeeds, use: BuiltinUse): Promise<Result> {
  const { main } = task;
  try {
    return await build(esbuildOptions(task, needs, use));
  } catch (cause) {
    if (!isBuildFailure(cause)) throw cause;
    throw buildError(cause.errors.map((message) => problemOfMessage(message, main)));
  }
}

const isBuildFailure = (cause: unknown): cause is BuildFailure =>
  cause instanceof Error && 'errors' in cause && Array.isArray(cause.errors) && cause.errors.length > 0;

/** `unsupported-import` when there is one, since installing or correcting anything else will not help then. */
export function buildError(problems: readonly BuildProblem[]): Error {
  const code = problems.find((problem) => problem.code === 'unsupported-import')?.code ?? 'build-failed';
  return problemsError(code, problems);
}

/**
 * Texts of the warnings. What cannot run is an error in the developer's own code, and a warning in a package, where it
 * usually stands in a branch for other platforms.
 */
function checkWarnings(messages: readonly Message[]): string[] {
  const own = messages.filter((message) => !isInPackage(message));
  const fatal = own.flatMap((message) => problemAtRuntime(message) ?? []);
  if (fatal.length > 0) throw buildError(fatal);
  return messages.map((message) => summarizeProblem(problemAtRuntime(message) ?? problemOfMessage(message, '')));
}

const isInPackage = ({ location }: Message): boolean =>
  location !== null && location.file.split('/').includes('node_modules');

function outputTexts(result: Result): [sourceMap: string, text: string] {
  const textOf = (ending: string): string => result.outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? '';
  return [textOf(`${BUNDLE_FILE}.map`), textOf(BUNDLE_FILE)];
}

/** esbuild takes a script without exports for CommonJS: its handler would be an empty object. */
const exportsNothing = ({ metafile }: Result, main: string): boolean => metafile.inputs[main]?.format === undefined;

const ESBUILD_EXPORT = /export\{([^\s{}]+) as default\};\n$/;

/** Puts esbuild's last statement on a line of its own: see `exportLine`. Without one, the handler does not exist. */
function withExportLine(text: string, main: string): string {
  const match = ESBUILD_EXPORT.exec(text);
  const handler = match?.[1];
  if (match === null || handler === undefined) throw buildError([missingDefault(main)]);
  return `${text.slice(0, match.index)}\n${exportLine(handler)}`;
}

/** The other inputs are modules that esbuild made up. */
const isFile = (input: string): boolean =>
  !input.startsWith('sovfn:') && !input.startsWith('<') && !input.startsWith('(disabled):');

/** Code units: no locale changes the order. */
const byName = (a: string, b: string): number => (a < b ? -1 : 1);

function inputSizesOf(result: Result, files: ReadonlySet<string>): InputFile[] {
  const inputs = result.metafile.outputs[BUNDLE_FILE]?.inputs ?? {};
  const paths = [...files].filter(isFile).toSorted(byName);
  return paths.map((path) => ({ path, bytes: inputs[path]?.bytesInOutput ?? 0 }));
}

function sizesOf(result: Result): InputSize[] {
  const inputs = result.metafile.outputs[BUNDLE_FILE]?.inputs ?? {};
  return Object.entries(inputs)
    .map(([path, { bytesInOutput }]) => ({ name: portableName(path), bytes: bytesInOutput }))
    .toSorted((a, b) => b.bytes - a.bytes || byName(a.name, b.name));
}
