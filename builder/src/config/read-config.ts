/**
 * Reads `sovfn.jsonc` of a function folder. The file is the developer's: what is wrong with it is said with line,
 * column and rule, all at once as far as it can be known.
 */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { FunctionConfig } from '@sovfn/protocol';
import { functionConfigSchema } from '@sovfn/protocol/config';
import { SovfnError } from '@sovfn/protocol/errors';
import { type Problem, problemsError } from '../problem.ts';
import { type ConfigDocument, openConfigDocument } from './document.ts';
import { problemsOfIssues } from './issues.ts';
import { problemsOfSecrets } from './secret-problems.ts';

export const CONFIG_FILE = 'sovfn.jsonc';

const MINIMAL_CONFIG = '{ "name": "hello", "main": "src/index.ts" }';

const EDITOR_HINT =
  'Correct the file; with "$schema": "./node_modules/sovfn/sovfn.schema.json" in it, an editor checks it while you type.';

export interface FunctionConfigFile {
  /** With the defaults filled in. */
  readonly config: FunctionConfig;
  /** Absolute path of `sovfn.jsonc`. */
  readonly path: string;
  /** Limits that the file itself sets; the others are defaults. */
  readonly writtenLimits: ReadonlySet<string>;
}

/**
 * The configuration of the function in `folder`.
 *
 * @throws SovfnError `config-not-found`; `config-invalid` with every problem as `sovfn.jsonc:line:column`.
 */
export async function readConfig(folder: string): Promise<FunctionConfigFile> {
  const { config, path, writtenLimits } = await readConfigDocument(folder);
  return { config, path, writtenLimits };
}

export interface ParsedConfig extends FunctionConfigFile {
  /** For problems that show only later. */
  readonly document: ConfigDocument;
}

/** As `readConfig`, with the text it came from. */
export async function readConfigDocument(folder: string): Promise<ParsedConfig> {
  const path = join(resolve(folder), CONFIG_FILE);
  const document = openConfigDocument(CONFIG_FILE, await readConfigText(path));
  if ('problems' in document) throw configError(document.problems);
  const parsed = functionConfigSchema.safeParse(document.value);
  const problems = [
    ...document.repeatedKeys(),
    ...(parsed.success ? problemsOfSecrets(document, parsed.data) : problemsOfIssues(document, parsed.error.issues)),
  ];
  if (!parsed.success || problems.length > 0) throw configError(problems);
  return { config: parsed.data, path, document, writtenLimits: keysOf(document.value, 'limits') };
}

/** Keys of a member of the document, which is valid. */
function keysOf(value: unknown, member: string): ReadonlySet<string> {
  const inner = (value as Readonly<Record<string, unknown>>)[member] ?? {};
  return new Set(Object.keys(inner));
}

export function configError(problems: readonly Problem[]): SovfnError {
  return problemsError('config-invalid', problems, { hint: EDITOR_HINT });
}

async function readConfigText(path: string): Promise<string> {
  try {
    const text = await readFile(path, 'utf8');
    return text.startsWith('\uFEFF') ? text.slice(1) : text;
  } catch (cause) {
    throw new SovfnError('config-not-found', `${path} cannot be read: ${describeReadError(cause)}.`, {
      hint: `Run \`sovfn init <name>\`, or create the file with at least ${MINIMAL_CONFIG}.`,
      facts: { path },
      cause,
    });
  }
}

function describeReadError(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file';
  return cause instanceof Error ? cause.message : String(cause);
}
