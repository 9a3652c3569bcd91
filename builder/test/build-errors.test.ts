import { BUNDLE_BYTES } from '@sovfn/protocol';
import { expect, test } from 'vitest';
import { buildFunction } from '../src/index.ts';
import { errorOf, type Files, makeFunctionFolder } from './folder.ts';

async function buildErrorOf(files: Files, config: Readonly<Record<string, unknown>> = {}) {
  await using folder = await makeFunctionFolder(files, config);
  // Awaited here: the folder goes with this function.
  return await errorOf(buildFunction(folder.path));
}

interface ErrorCase {
  readonly title: string;
  readonly files: Files;
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

const NO_FILES =
  'Functions have no file system: import a text or JSON file to have it in the bundle, or keep data in a bucket binding.';
const NO_NODE =
  'Functions run in a V8 isolate with Web APIs and without Node: look for a package that works in browsers or workers.';
const HANDLER = "Add one: export default { async fetch(request, env, ctx) { return new Response('bonjour'); } };";

const CASES: readonly ErrorCase[] = [
  {
    title: 'a built-in of Node',
    files: { 'src/index.ts': `// files\nimport { readFile } from 'node:fs/promises';\nexport default { readFile };` },
    code: 'unsupported-import',
    message: `src/index.ts:2:26: "node:fs/promises" is built into Node, which functions do not have.
  2 | import { readFile } from 'node:fs/promises';
    |                          ^^^^^^^^^^^^^^^^^^`,
    hint: NO_FILES,
  },
  {
    title: 'a built-in of Node without node:, by require()',
    files: { 'src/index.ts': `const { spawn } = require('child_process');\nexport default { spawn };` },
    code: 'unsupported-import',
    message: `src/index.ts:1:27: "child_process" is built into Node, which functions do not have.
  1 | const { spawn } = require('child_process');
    |                           ^^^^^^^^^^^^^^^`,
    hint: 'Start further work by calling another function or by sending to a queue.',
  },
  {
    title: 'a part that functions do not have of a built-in of Node',
    files: { 'src/index.ts': `import { createSign } from 'node:crypto';\nexport default { createSign };` },
    code: 'unsupported-import',
    message: `src/index.ts:1:10: "createSign" of "node:crypto" is not among what functions have of it.
  1 | import { createSign } from 'node:crypto';
    |          ^^^^^^^^^^`,
    hint: 'docs/packages.md of sovfn lists what there is of each built-in of Node.',
  },
  {
    title: 'a built-in of Node by import()',
    files: { 'src/index.ts': `export default { load: () => import('node:vm') };` },
    code: 'unsupported-import',
    message: `src/index.ts:1:37: "node:vm" is built into Node, which functions do not have.
  1 | export default { load: () => import('node:vm') };
    |                                     ^^^^^^^^^`,
    hint: NO_NODE,
  },
  {
    title: 'a built-in of Node in a package',
    files: {
      'src/index.ts': `import sdk from 'sdk'; export default sdk;`,
      'node_modules/sdk/index.js': `const http = require('http'); module.exports = http;`,
    },
    code: 'unsupported-import',
    message: `node_modules/sdk/index.js:1:22: "http" is built into Node, which functions do not have.
  1 | const http = require('http'); module.exports = http;
    |                      ^^^^^^`,
    hint: 'Reach other services over HTTP with fetch().',
  },
  {
    title: 'a native module',
    files: {
      'src/index.ts': `import sharp from 'sharp'; export default sharp;`,
      'node_modules/sharp/index.js': `module.exports = require('./build/sharp.node');`,
      'node_modules/sharp/build/sharp.node': new Uint8Array([0x7f, 0x45, 0x4c, 0x46]),
    },
    code: 'unsupported-import',
    message: `node_modules/sharp/index.js:1:26: "node_modules/sharp/build/sharp.node" is a native module.
  1 | module.exports = require('./build/sharp.node');
    |                          ^^^^^^^^^^^^^^^^^^^^`,
    hint: NO_NODE,
  },
  {
    title: 'a WebAssembly module',
    files: { 'src/index.ts': `import wasm from './x.wasm'; export default wasm;`, 'src/x.wasm': '' },
    code: 'unsupported-import',
    message: `src/index.ts:1:18: "src/x.wasm" is a WebAssembly module, which this function did not ask for.
  1 | import wasm from './x.wasm'; export default wasm;
    |                  ^^^^^^^^^^`,
    hint: 'Set limits.wasmMemoryMb in sovfn.jsonc to the part of memoryMb that it may take, such as 32.',
  },
  {
    title: 'an import by URL',
    files: { 'src/index.ts': `import x from 'https://example.com/x.js'; export default x;` },
    code: 'unsupported-import',
    message: `src/index.ts:1:15: "https://example.com/x.js" is an import by "https:", which no function can make.
  1 | import x from 'https://example.com/x.js'; export default x;
    |               ^^^^^^^^^^^^^^^^^^^^^^^^^^`,
    hint: 'Install the package with npm and import it by its name.',
  },
  {
    title: "another runtime's module",
    files: { 'src/index.ts': `import { connect } from 'cloudflare:sockets'; export default connect;` },
    code: 'unsupported-import',
    message: `src/index.ts:1:25: "cloudflare:sockets" is an import by "cloudflare:", which no function can make.
  1 | import { connect } from 'cloudflare:sockets'; export default connect;
    |                         ^^^^^^^^^^^^^^^^^^^^`,
    hint: 'Reach other services over HTTP with fetch().',
  },
  {
    title: 'a package that is not installed',
    files: { 'src/index.ts': `import { v4 } from '@acme/ids/v4'; export default v4;` },
    code: 'build-failed',
    message: `src/index.ts:1:20: The package "@acme/ids", for "@acme/ids/v4", cannot be found.
  1 | import { v4 } from '@acme/ids/v4'; export default v4;
    |                    ^^^^^^^^^^^^^^`,
    hint: "Run `npm install @acme/ids` in the function's folder.",
  },
  {
    title: 'a part that a package does not give',
    files: {
      'src/index.ts': `import x from 'ids/secret.js'; export default x;`,
      'node_modules/ids/package.json': '{\n  "name": "ids",\n  "exports": { ".": "./index.js" }\n}',
      'node_modules/ids/index.js': '',
      'node_modules/ids/secret.js': '',
    },
    code: 'build-failed',
    message: `src/index.ts:1:15: "ids/secret.js" cannot be imported.
  1 | import x from 'ids/secret.js'; export default x;
    |               ^^^^^^^^^^^^^^^
  node_modules/ids/package.json:3:14: The path "./secret.js" is not exported by package "ids":`,
    hint: null,
  },
  {
    title: 'a file that is not there',
    files: { 'src/index.ts': `import './Missing.ts'; export default 1;` },
    code: 'build-failed',
    message: `src/index.ts:1:8: The file "./Missing.ts" cannot be found.
  1 | import './Missing.ts'; export default 1;
    |        ^^^^^^^^^^^^^^`,
    hint: 'Check the path, upper and lower case included.',
  },
  {
    title: 'a file of an unknown kind',
    files: { 'src/index.ts': `import film from './a.mp4'; export default film;`, 'src/a.mp4': '' },
    code: 'build-failed',
    message: `src/index.ts:1:18: "src/a.mp4" cannot be imported: .mp4 files have no meaning here.
  1 | import film from './a.mp4'; export default film;
    |                  ^^^^^^^^^`,
    hint: 'Give text an ending such as .txt and bytes the ending .bin, or keep the file in a bucket binding.',
  },
  {
    title: 'a syntax error',
    files: { 'src/index.ts': `const été = 'é', 😀;\nexport default été;` },
    code: 'build-failed',
    message: `src/index.ts:1:18: Expected identifier but found "😀".
  1 | const été = 'é', 😀;
    |                  ^^`,
    hint: null,
  },
  {
    title: 'a name that a module does not export',
    files: { 'src/index.ts': `import { b } from './b.js'; export default b;`, 'src/b.js': 'export const a = 1;' },
    code: 'build-failed',
    message: `src/index.ts:1:10: No matching export in "src/b.js" for import "b".
  1 | import { b } from './b.js'; export default b;
    |          ^`,
    hint: null,
  },
  {
    title: 'a regular expression that V8 refuses',
    files: { 'src/index.ts': `const a = 1;\nexport default { fetch: () => /(/.test(String(a)) };` },
    code: 'build-failed',
    message: 'src/index.ts:2:31: V8 refuses the code: Invalid regular expression: /(/: Unterminated group.',
    hint: null,
  },
  {
    title: 'import() of a computed path',
    files: { 'src/index.ts': `export default { fetch: (name: string) => import(name) };` },
    code: 'build-failed',
    message: `src/index.ts:1:43: import() of a computed path finds nothing: a bundle holds what is imported by a literal path.
  1 | export default { fetch: (name: string) => import(name) };
    |                                           ^^^^^^`,
    hint: 'Write import() with the path as a literal, one for each module.',
  },
  {
    title: 'require() of a computed path',
    files: { 'src/index.ts': `export default { fetch: (name: string) => require(name) };` },
    code: 'build-failed',
    message: `src/index.ts:1:43: require() of a computed path finds nothing: a bundle holds what is required by a literal path.
  1 | export default { fetch: (name: string) => require(name) };
    |                                           ^^^^^^^`,
    hint: 'Import the module by a literal path.',
  },
  {
    title: 'import.meta',
    files: { 'src/index.ts': `export default { url: import.meta.url };` },
    code: 'build-failed',
    message: `src/index.ts:1:23: import.meta is empty in a function: a bundle has no address.
  1 | export default { url: import.meta.url };
    |                       ^^^^^^^^^^^`,
    hint: 'Import the files that the code needs: text and JSON become part of the bundle.',
  },
];

test.each(CASES)('$title fails the build with $code', async ({ files, code, message, hint }) => {
  const error = await buildErrorOf(files);
  expect(error.message).toBe(message);
  expect(error.code).toBe(code);
  expect(error.hint).toBe(hint);
});

test.each([
  ['an entry file with named exports only', `export const fetch = () => 1;`],
  ['an entry file without exports', `console.log('hello');`],
  ['an entry file that re-exports what is not there', `export { default } from './other.ts';`],
])('%s shows what a handler looks like', async (_title, source) => {
  const error = await buildErrorOf({ 'src/index.ts': source, 'src/other.ts': 'export const a = 1;' });
  expect(error.code).toBe('build-failed');
  expect(error.message).toBe('src/index.ts has no default export: there is no handler to call.');
  expect(error.hint).toBe(HANDLER);
});

test('an entry file of an unknown kind is named without a position', async () => {
  const error = await buildErrorOf({ 'src/index.kt': 'fun main() {}' }, { main: 'src/index.kt' });
  expect(error.message).toBe('"src/index.kt" cannot be imported: .kt files have no meaning here.');
});

test.each([
  ['src/indx.ts', 'must be a file of the folder, and there is none of this name'],
  ['src', 'must be a file of the folder, and there is none of this name'],
  ['../other/index.ts', 'must lie inside the folder'],
  ['src/../../other/index.ts', 'must lie inside the folder'],
  ['/etc/hostname', 'must lie inside the folder'],
])('an entry file %s is refused at its place in sovfn.jsonc', async (main, rule) => {
  const error = await buildErrorOf({ 'src/index.ts': 'export default 1;' }, { main });
  const text = JSON.stringify(main);
  expect(error.code).toBe('config-invalid');
  expect(error.message.split('\n')[0]).toBe(`sovfn.jsonc:1:24: "main" is ${text}: it ${rule}.`);
  expect(error.hint).toBe('Create the file, or name the entry file of the function in "main".');
});

test('all problems of a build are told, and an import that can never work decides the code', async () => {
  const error = await buildErrorOf({
    'src/index.ts': `import 'left-pad';\nimport 'node:net';\nimport './a.js';\nexport default 1;`,
    'src/a.js': `import 'fs';`,
  });
  expect(error.code).toBe('unsupported-import');
  expect(error.facts).toEqual({
    problems: 3,
    positions: ['src/a.js:1:8', 'src/index.ts:1:8', 'src/index.ts:2:8'],
  });
});

test('a long line is shown around the problem', async () => {
  const error = await buildErrorOf({
    'src/index.ts': `/*${'x'.repeat(100_000)}*/ import 'fs'; /*${'y'.repeat(100_000)}*/`,
  });
  expect(error.message.length).toBeLessThan(400);
  expect(error.message).toContain(`x*/ import 'fs'; /*y`);
});

test('a bundle over the limit names its size and its largest inputs', async () => {
  const text = (size: number): string => `export const text = '${'x'.repeat(size)}';`;
  const sizes = [1, 2, 3, 4, 5, 6].map((part) => part * 500_000);
  const files = Object.fromEntries(sizes.map((size, index) => [`src/part${index}.ts`, text(size)]));
  const imports = sizes.map((_, index) => `import { text as t${index} } from './part${index}.ts';`);
  const names = sizes.map((_, index) => `t${index}`);
  const index = `${imports.join('\n')}\nimport font from 'font';\nexport default { all: [font, ${names.join(', ')}] };`;
  const error = await buildErrorOf({
    'src/index.ts': index,
    ...files,
    'node_modules/font/index.js': `module.exports = '${'x'.repeat(4_000_000)}';`,
  });
  expect(error.code).toBe('bundle-too-large');
  expect(error.message).toMatch(
    /^The bundle has 13\.83 MiB \(145\d{5} bytes\); the limit is 10\.00 MiB \(10485760 bytes\)\. Largest inputs: node_modules\/font\/index\.js \(3\.81 MiB\), src\/part5\.ts \(2\.86 MiB\), src\/part4\.ts \(2\.38 MiB\), src\/part3\.ts \(1\.91 MiB\), src\/part2\.ts \(1\.43 MiB\)\.$/,
  );
  expect(error.hint).toBe('Import only what the function uses, and keep data in a bucket binding.');
  expect(error.facts).toMatchObject({ limitBytes: BUNDLE_BYTES });
});
