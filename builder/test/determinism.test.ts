import { execFile } from 'node:child_process';
import { cp, symlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { type Files, makeFolder } from './folder.ts';

interface Printed {
  readonly version: string;
  readonly bundle: string;
  readonly sourceMap: string;
}

const run = promisify(execFile);
const PRINT_BUILD = new URL('print-build.ts', import.meta.url).pathname;
const TIMEOUT_MS = 20_000;

/** Builds in a process of its own, whose working directory and environment the test chooses. */
async function buildIn(
  folder: string,
  options: { cwd?: string; env?: Readonly<Record<string, string>> } = {},
): Promise<Printed> {
  const { stdout } = await run(process.execPath, [PRINT_BUILD, folder], {
    cwd: options.cwd ?? folder,
    env: { ...options.env },
    timeout: TIMEOUT_MS,
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(stdout) as Printed;
}

const FUNCTION: Files = {
  'sovfn.jsonc': '{ "name": "hello", "main": "src/index.ts", "vars": { "B": "1", "A": "2" } }',
  'package.json': '{ "name": "hello", "type": "module" }',
  'src/index.ts': `import { old, deep } from 'old'; import { fresh } from '@acme/fresh'; import view from './view.tsx'; import './été/côté.cjs';
    export default { async fetch() { const { lazy } = await import('./lazy.ts'); return [old(), deep, fresh, lazy, view, new Date(0).toString()]; } };`,
  'src/lazy.ts': `import { other } from 'old/other.js'; export const lazy = [other, \`\\u2028 \${1}\n\`];`,
  'src/view.tsx': `const React = { createElement: (...all: unknown[]) => all }; export default <p>é</p>;`,
  'src/été/côté.cjs': `module.exports = 'beside';`,
};

/** CommonJS packages (their paths are in the bundle), one with a folder of its own, one with a source map. */
const PACKAGES: Files = {
  'old/package.json': '{ "name": "old", "main": "index.js" }',
  'old/index.js': `const deep = require('deep'); exports.deep = deep; exports.old = () => \`=__commonJS({"../x"(\`;`,
  'old/other.js': `exports.other = 'other';\n//# sourceMappingURL=other.js.map`,
  'old/other.js.map': JSON.stringify({
    version: 3,
    sources: ['/Users/someone/other.ts', '../../src/else.ts', 'webpack:///./deep.ts'],
    sourcesContent: ['export const other = 1;', '', ''],
    names: [],
    mappings: 'AAAA,QAAQ;ACAR',
  }),
  'old/node_modules/deep/index.js': `module.exports = 'deep';`,
  '@acme/fresh/package.json': '{ "name": "@acme/fresh", "type": "module", "main": "index.js" }',
  '@acme/fresh/index.js': `export const fresh = 'fresh';`,
};

const under = (prefix: string, files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([name, content]) => [`${prefix}/${name}`, content]));

const LOCAL = { ...FUNCTION, ...under('node_modules', PACKAGES) };

test('the same sources give the same bytes in another folder, working directory, time zone and locale', async () => {
  await using here = await makeFolder(LOCAL);
  await using there = await makeFolder(under('deeper/Ordner mit Leerzeichen', LOCAL));
  const first = await buildIn(here.path, { env: { TZ: 'UTC', LANG: 'C' } });
  const second = await buildIn(`${there.path}/deeper/Ordner mit Leerzeichen`, {
    cwd: '/',
    env: { TZ: 'Pacific/Apia', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8', NODE_ENV: 'development', FORCE_COLOR: '1' },
  });
  expect(second).toEqual(first);
});

test('packages in a folder above give the same bytes as packages in the function folder', async () => {
  await using local = await makeFolder(LOCAL);
  await using hoisted = await makeFolder({
    ...under('work/functions/hello', FUNCTION),
    ...under('work/node_modules', PACKAGES),
  });
  expect(await buildIn(`${hoisted.path}/work/functions/hello`)).toEqual(await buildIn(local.path));
});

test('a folder reached by a symbolic link and a copy of it give the same bytes', async () => {
  await using folder = await makeFolder(under('original', LOCAL));
  await cp(`${folder.path}/original`, `${folder.path}/copy`, { recursive: true });
  await symlink(`${folder.path}/original`, `${folder.path}/link`);
  const original = await buildIn(`${folder.path}/original`);
  expect(await buildIn(`${folder.path}/copy`)).toEqual(original);
  expect(await buildIn(`${folder.path}/link`)).toEqual(original);
});

test('a tsconfig.json above the folder and NODE_PATH change nothing', async () => {
  await using plain = await makeFolder(under('fn', LOCAL));
  await using surrounded = await makeFolder({
    ...under('fn', LOCAL),
    'tsconfig.json':
      '{ "compilerOptions": { "jsxFactory": "h", "useDefineForClassFields": false, "paths": { "old": ["./evil.js"] } } }',
    'evil.js': 'export const old = 1, deep = 2;',
    'path/deep/index.js': 'module.exports = "another";',
  });
  const env = { NODE_PATH: `${surrounded.path}/path` };
  expect(await buildIn(`${surrounded.path}/fn`, { env })).toEqual(await buildIn(`${plain.path}/fn`));
});

test("the folder's own tsconfig.json counts", async () => {
  await using folder = await makeFolder(LOCAL);
  const plain = await buildIn(folder.path);
  await folder.write({ 'tsconfig.json': '{ "compilerOptions": { "jsxFactory": "React.createElement.call" } }' });
  const configured = await buildIn(folder.path);
  expect(plain.bundle).toContain('React.createElement("p"');
  expect(configured.bundle).toContain('React.createElement.call("p"');
  expect(configured.version).not.toBe(plain.version);
});

test('neither bundle nor source map names a folder of the machine, and sources have portable names', async () => {
  await using folder = await makeFolder({ ...under('a/b/hello', FUNCTION), ...under('a/node_modules', PACKAGES) });
  const { bundle, sourceMap } = await buildIn(`${folder.path}/a/b/hello`);
  for (const text of [bundle, sourceMap]) {
    expect(text).not.toContain(folder.path);
    expect(text).not.toContain('/Users/');
  }
  const { sources } = JSON.parse(sourceMap) as { sources: string[] };
  expect(sources.toSorted()).toEqual([
    'external/deep.ts',
    'external/else.ts',
    'external/other.ts',
    'node_modules/@acme/fresh/index.js',
    'node_modules/deep/index.js',
    'node_modules/old/index.js',
    'src/index.ts',
    'src/lazy.ts',
    'src/view.tsx',
    'src/été/côté.cjs',
  ]);
});

test('text of the function that looks like the path of a package stays as it is', async () => {
  await using folder = await makeFolder(LOCAL);
  const { bundle } = await buildIn(folder.path);
  expect(bundle).toContain('=__commonJS({"../x"(');
});

test('a change of code or configuration changes the version, a comment does not', async () => {
  await using folder = await makeFolder(LOCAL);
  const { version } = await buildIn(folder.path);
  await folder.write({ 'src/lazy.ts': `// a comment\n${String(FUNCTION['src/lazy.ts'])}` });
  expect((await buildIn(folder.path)).version).toBe(version);
  await folder.write({
    'sovfn.jsonc': '{ "main": "src/index.ts", "vars": { "A": "2", "B": "1" }, /* same */ "name": "hello" }',
  });
  expect((await buildIn(folder.path)).version).toBe(version);
  await folder.write({ 'sovfn.jsonc': '{ "name": "hello", "main": "src/index.ts", "vars": { "A": "3", "B": "1" } }' });
  const reconfigured = await buildIn(folder.path);
  await folder.write({ 'src/lazy.ts': 'export const lazy = 2;' });
  const recoded = await buildIn(folder.path);
  expect(new Set([version, reconfigured.version, recoded.version]).size).toBe(3);
});
