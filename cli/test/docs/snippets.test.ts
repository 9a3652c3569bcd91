/** What the documentation shows is what the command line, the configuration's schema and the compiler take. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { functionConfigSchema, type FunctionConfig } from '@sovfn/protocol';
import { parse, type ParseError } from 'jsonc-parser';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { gatewayConfigSchema } from '../../../gateway/src/config.ts';
import { environmentTypes } from '../../src/commands/types.ts';
import { checkCommandLine, checkMention, commandLines } from './command-lines.ts';
import { type Fence, readPages } from './fences.ts';

const TEMPLATES = fileURLToPath(new URL('../../templates/', import.meta.url));
const pages = await readPages();
const fences = pages.flatMap((page) => page.fences);
const inLanguage = (language: string): Fence[] => fences.filter((fence) => fence.language === language);

test('every `sovfn` in a shell block is a command line that the command takes', async () => {
  const lines = inLanguage('sh').flatMap(({ place, code }) => commandLines(code).map((words) => ({ place, words })));
  expect(lines.length).toBeGreaterThan(100);
  expect(await problemsOf(lines, checkCommandLine)).toEqual([]);
});

test('every `sovfn …` in the text names a command that there is, with options that it has', async () => {
  const lines = pages.flatMap(({ path, text }) => {
    const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, '');
    return [...prose.matchAll(/`sovfn ([a-z][^`]*)`/g)].map(([, line]) => ({ place: path, words: line!.split(/\s+/) }));
  });
  expect(lines.length).toBeGreaterThan(100);
  expect(await problemsOf(lines, checkMention)).toEqual([]);
});

test.each(inLanguage('jsonc').filter(({ code }) => !code.startsWith('// gateway.json')))(
  '$place is a sovfn.jsonc, or a part of one',
  ({ code }) => {
    expect(() => configOf(code)).not.toThrow();
  },
);

test.each(inLanguage('jsonc').filter(({ code }) => code.startsWith('// gateway.json')))(
  "$place is a part of a gateway's configuration",
  ({ code }) => {
    expect(() => gatewayConfigSchema.partial().parse(objectOf(code))).not.toThrow();
  },
);

test.each(inLanguage('js'))('$place is JavaScript', ({ code }) => {
  const { diagnostics = [] } = ts.transpileModule(code, { reportDiagnostics: true });
  expect(diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))).toEqual([]);
});

test('every shell block is read by sh', () => {
  const problems = inLanguage('sh').flatMap(({ place, code }) => {
    // What a reader is to put in, as `<node>`, would redirect.
    const script = code.replaceAll(/<[^<>\n]+>/g, 'given');
    const { status, stderr } = spawnSync('sh', ['-n'], { input: script, encoding: 'utf8' });
    return status === 0 ? [] : [`${place}: ${stderr}`];
  });
  expect(problems).toEqual([]);
});

test.each(inLanguage('json'))('$place is JSON', ({ code }) => {
  expect(() => JSON.parse(code) as unknown).not.toThrow();
});

test('every piece of TypeScript compiles, with the types that `sovfn types` would write', () => {
  const files = new Map<string, string>();
  const places = new Map<string, string>();
  let config: string | null = null;
  let page = '';
  for (const { page: current, place, language, code } of fences) {
    if (current !== page) [page, config] = [current, null];
    if (language === 'jsonc') config = code;
    if (language !== 'ts') continue;
    const folder = `${TEMPLATES}docs-${files.size}/`;
    const file = `${folder}src/${place.replaceAll(/\W/g, '-')}.ts`;
    files.set(file, code);
    places.set(file, place);
    if (code.includes('sovfn-env.d.ts')) files.set(`${folder}sovfn-env.d.ts`, environmentTypes(configOf(config!)));
  }
  expect(places.size).toBeGreaterThan(15);
  expect(compile(files).map(({ file, message }) => `${places.get(file) ?? file}: ${message}`)).toEqual([]);
});

interface Line {
  readonly place: string;
  readonly words: readonly string[];
}

async function problemsOf(
  lines: readonly Line[],
  check: (words: readonly string[]) => Promise<void>,
): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const { place, words } of lines) {
    try {
      await check(words);
    } catch (error) {
      problems.push(`${place}: sovfn ${words.join(' ')}: ${(error as Error).message}`);
    }
  }
  return problems;
}

/** A part of a file stands without the braces around it. Throws for what the schema refuses. */
function configOf(code: string): FunctionConfig {
  const missing = isWhole(code) ? {} : { name: 'part', main: 'src/index.ts' };
  return functionConfigSchema.parse({ ...missing, ...objectOf(code) });
}

function objectOf(code: string): object {
  const errors: ParseError[] = [];
  const value = parse(isWhole(code) ? code : `{${code}}`, errors, { allowTrailingComma: true }) as object;
  if (errors.length > 0) throw new Error(`no JSON with comments: ${JSON.stringify(errors)}`);
  return value;
}

function isWhole(code: string): boolean {
  return code
    .replaceAll(/^\s*\/\/.*$/gm, '')
    .trimStart()
    .startsWith('{');
}

interface Diagnostic {
  readonly file: string;
  readonly message: string;
}

/** As functions of `sovfn init` are compiled, with Node's types for their tests. */
function compile(files: ReadonlyMap<string, string>): Diagnostic[] {
  const { config } = ts.readConfigFile(`${TEMPLATES}common/tsconfig.json`, (path) => ts.sys.readFile(path)) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, TEMPLATES);
  const disk = ts.createCompilerHost({ ...options, types: ['node'] });
  const folders = [...files.keys()];
  const host: ts.CompilerHost = {
    ...disk,
    readFile: (name) => files.get(name) ?? disk.readFile(name),
    fileExists: (name) => files.has(name) || disk.fileExists(name),
    directoryExists: (name) => folders.some((file) => file.startsWith(name)) || ts.sys.directoryExists(name),
    getSourceFile: (name, ...rest) => {
      const own = files.get(name);
      return own === undefined ? disk.getSourceFile(name, ...rest) : ts.createSourceFile(name, own, rest[0]);
    },
  };
  const program = ts.createProgram([...files.keys()], { ...options, types: ['node'] }, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    return { file: file?.fileName ?? '', message: ts.flattenDiagnosticMessageText(messageText, ' ') };
  });
}
