/**
 * esbuild's messages in the developer's terms. The texts that are recognised here belong to the pinned version of
 * esbuild; a text that is not recognised is passed on as it is.
 */
import type { Location, Message } from 'esbuild';
import type { Problem, SourcePosition } from '../problem.ts';
import { ENTRY, type WILL_NOT_RUN } from './esbuild-options.ts';
import { unsupportedFile, unsupportedImport } from './unsupported-imports.ts';

export interface BuildProblem extends Problem {
  readonly code: 'unsupported-import' | 'build-failed';
}

const UNRESOLVED = /^Could not resolve "(.+)"$/;
const NO_LOADER = /^No loader is configured for "(\.[^"]+)" files: (.+)$/;

const NOT_IN_BUILTIN = /^No matching export in "sovfn:import\/([^"]+)" for import "([^"]+)"$/;

const TOP_LEVEL_AWAIT = 'Top-level await is not available';

/** Advice of esbuild for its own users. */
const ESBUILD_ADVICE = /You can mark the path|Are you trying to bundle for node/;

const HANDLER_EXAMPLE = "export default { async fetch(request, env, ctx) { return new Response('bonjour'); } };";

export function problemOfMessage(message: Message, main: string): BuildProblem {
  const [, specifier] = UNRESOLVED.exec(message.text) ?? [];
  if (specifier !== undefined) return unresolved(message, specifier);
  const [, extension, file] = NO_LOADER.exec(message.text) ?? [];
  if (extension !== undefined && file !== undefined) return unreadable(message, extension, file);
  if (isMissingDefault(message)) return missingDefault(main);
  if (message.text.startsWith(TOP_LEVEL_AWAIT)) return topLevelAwait(message);
  const [, builtin, name] = NOT_IN_BUILTIN.exec(message.text) ?? [];
  if (builtin !== undefined && name !== undefined) return notInBuiltin(message, builtin, name);
  return makeProblem(message, 'build-failed', `${message.text}.`, null);
}

/** The entry file exports no handler. */
export function missingDefault(main: string): BuildProblem {
  const text = `${main} has no default export: there is no handler to call.`;
  return { code: 'build-failed', position: null, text, notes: [], hint: `Add one: ${HANDLER_EXAMPLE}` };
}

const isMissingDefault = ({ text, location }: Message): boolean =>
  location?.file === ENTRY && text.startsWith('No matching export');

function unresolved(message: Message, specifier: string): BuildProblem {
  const unsupported = unsupportedImport(specifier);
  if (unsupported !== null) {
    return makeProblem(message, 'unsupported-import', `"${specifier}" is ${unsupported.what}.`, unsupported.hint);
  }
  if (/^[./#]/.test(specifier)) {
    const hint = 'Check the path, upper and lower case included.';
    return makeProblem(message, 'build-failed', `The file "${specifier}" cannot be found.`, hint);
  }
  const name = packageName(specifier);
  const isPart = name !== specifier;
  const text = `The package "${name}"${isPart ? `, for "${specifier}",` : ''} cannot be found.`;
  const problem = makeProblem(message, 'build-failed', text, `Run \`npm install ${name}\` in the function's folder.`);
  // Notes say why a package that is there does not give this path: installing it again would not help.
  return problem.notes.length === 0 ? problem : { ...problem, text: `"${specifier}" cannot be imported.`, hint: null };
}

/** Only the lowering of async functions makes esbuild refuse it. */
function topLevelAwait(message: Message): BuildProblem {
  const text = 'await outside of a function cannot stand in a bundle that imports node:async_hooks.';
  return makeProblem(
    message,
    'build-failed',
    text,
    'Start the work here, and await its promise inside of the handler.',
  );
}

function notInBuiltin(message: Message, builtin: string, name: string): BuildProblem {
  const text = `"${name}" of "node:${builtin}" is not among what functions have of it.`;
  return makeProblem(
    message,
    'unsupported-import',
    text,
    'docs/packages.md of sovfn lists what there is of each built-in of Node.',
  );
}

function unreadable(message: Message, extension: string, file: string): BuildProblem {
  const unsupported = unsupportedFile(extension);
  if (unsupported !== null) {
    return makeProblem(message, 'unsupported-import', `"${file}" is ${unsupported.what}.`, unsupported.hint);
  }
  const hint = 'Give text an ending such as .txt and bytes the ending .bin, or keep the file in a bucket binding.';
  return makeProblem(
    message,
    'build-failed',
    `"${file}" cannot be imported: ${extension} files have no meaning here.`,
    hint,
  );
}

const RUNTIME_RULES: Readonly<Record<(typeof WILL_NOT_RUN)[number], { readonly text: string; readonly hint: string }>> =
  {
    'empty-import-meta': {
      text: 'import.meta is empty in a function: a bundle has no address.',
      hint: 'Import the files that the code needs: text and JSON become part of the bundle.',
    },
    'unsupported-dynamic-import': {
      text: 'import() of a computed path finds nothing: a bundle holds what is imported by a literal path.',
      hint: 'Write import() with the path as a literal, one for each module.',
    },
    'unsupported-require-call': {
      text: 'require() of a computed path finds nothing: a bundle holds what is required by a literal path.',
      hint: 'Import the module by a literal path.',
    },
  };

/** The problem of code that is bundled but cannot work, or null for any other warning. */
export function problemAtRuntime(message: Message): BuildProblem | null {
  if (!isRuntimeRule(message.id)) return null;
  const { text, hint } = RUNTIME_RULES[message.id];
  return makeProblem(message, 'build-failed', text, hint);
}

const isRuntimeRule = (id: string): id is keyof typeof RUNTIME_RULES => Object.hasOwn(RUNTIME_RULES, id);

function makeProblem(message: Message, code: BuildProblem['code'], text: string, hint: string | null): BuildProblem {
  const notes = message.notes
    .filter((note) => !ESBUILD_ADVICE.test(note.text))
    .map((note) => [...(note.location ? [describe(note.location)] : []), note.text].join(': '));
  // The developer did not write the module that imports the entry file.
  const location = message.location?.file === ENTRY ? null : message.location;
  return { code, position: location && positionOf(location), text, notes, hint };
}

const describe = (location: Location): string => {
  const { file, line, column } = positionOf(location);
  return `${file}:${line}:${column}`;
};

/** esbuild counts columns from 0, in UTF-8 bytes. */
function positionOf({ file, line, column, length, lineText }: Location): SourcePosition {
  const bytes = Buffer.from(lineText);
  const before = bytes.subarray(0, column).toString();
  const marked = bytes.subarray(column, column + length).toString();
  return { file, line, column: before.length + 1, lineText, length: marked.length };
}

function packageName(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}
