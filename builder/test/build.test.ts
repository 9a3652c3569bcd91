import { createHash } from 'node:crypto';
import { deployRequestSchema, versionContent } from '@sovfn/protocol';
import { expect, test } from 'vitest';
import { buildFunction, prepareForManyBuilds } from '../src/index.ts';
import { type Files, makeFolder, makeFunctionFolder } from './folder.ts';
import { runInIsolate } from './isolate.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

async function handlerOf(files: Files): Promise<{ handler: unknown; warnings: readonly string[] }> {
  await using folder = await makeFunctionFolder(files);
  const { bundle, warnings } = await buildFunction(folder.path);
  return { handler: await runInIsolate(bundle, 'handler'), warnings };
}

test('a build is what a deployment sends', async () => {
  await using folder = await makeFunctionFolder(
    { 'src/index.ts': 'export default { a: 1 };' },
    { $schema: './s.json' },
  );
  const { config, manifest, version, bundle, sourceMap, durationMs } = await buildFunction(folder.path);
  expect(deployRequestSchema.parse({ v: 1, version, manifest, bundle, sourceMap })).toMatchObject({ version });
  expect(config.$schema).toBe('./s.json');
  expect(manifest.config).not.toHaveProperty('$schema');
  expect(manifest.bundleSha256).toBe(sha256(bundle));
  expect(manifest.bundleBytes).toBe(Buffer.byteLength(bundle));
  expect(version).toBe(sha256(versionContent(manifest)));
  expect(durationMs).toBeGreaterThan(0);
});

test('a map without the text of the sources names the same places, and belongs to the same version', async () => {
  await using folder = await makeFunctionFolder({ 'src/index.ts': 'export default { a: 1 };' });
  const whole = await buildFunction(folder.path);
  const named = await buildFunction(folder.path, { mapsText: false });
  expect(named.version).toBe(whole.version);
  const { sourcesContent, ...places } = JSON.parse(whole.sourceMap) as { sourcesContent: unknown };
  expect(sourcesContent).toEqual(['export default { a: 1 };']);
  expect(JSON.parse(named.sourceMap)).toEqual(places);
});

test('what esbuild is told about its memory is told to no other process, and not twice', async () => {
  const environment: NodeJS.ProcessEnv = { GOGC: '50' };
  prepareForManyBuilds(environment);
  expect(environment).toEqual({ GOGC: '50' });
  delete environment['GOGC'];
  prepareForManyBuilds(environment);
  prepareForManyBuilds(environment);
  expect(environment).toEqual({});
  await using folder = await makeFunctionFolder({ 'src/index.ts': 'export default {};' });
  expect((await buildFunction(folder.path)).warnings).toEqual([]);
});

test('the inputs are all files that the version was made from', async () => {
  await using folder = await makeFolder({
    'fn/sovfn.jsonc': '{ "name": "hello", "main": "./src/../src/index.ts" }',
    'fn/tsconfig.json': '{}',
    'fn/src/index.ts': `import './b.txt'; import beside from '../../beside.js'; import far from 'far'; import 'data:text/javascript,1'; export default [beside, far];`,
    'fn/src/b.txt': '',
    'fn/src/unused.ts': '',
    'beside.js': 'export default 1;',
    'node_modules/far/package.json': '{ "name": "far", "main": "index.js", "browser": { "fs": false } }',
    'node_modules/far/index.js': `module.exports = require('fs');`,
  });
  const { inputs } = await buildFunction(`${folder.path}/fn`);
  expect(inputs).toEqual([
    '../beside.js',
    '../node_modules/far/index.js',
    'sovfn.jsonc',
    'src/b.txt',
    'src/index.ts',
    'tsconfig.json',
  ]);
});

test('of the builds that a package offers, the one for workers is taken, then that for browsers', async () => {
  const offers = { node: './node.js', workerd: './workerd.js', worker: './worker.js', browser: './browser.js' };
  const { worker: _, ...withoutWorker } = offers;
  const sources = (name: string): Files =>
    Object.fromEntries(
      [...Object.keys(offers), 'default'].map((key) => [`node_modules/${name}/${key}.js`, `export default '${key}';`]),
    );
  const manifest = (name: string, exports: object): string =>
    JSON.stringify({ name, type: 'module', exports: { ...exports, default: './default.js' } });
  const { handler } = await handlerOf({
    'src/index.ts': `import a from 'a'; import b from 'b'; import c from 'c'; export default [a, b, c];`,
    'node_modules/a/package.json': manifest('a', offers),
    'node_modules/b/package.json': manifest('b', withoutWorker),
    'node_modules/c/package.json': manifest('c', { node: './node.js' }),
    ...sources('a'),
    ...sources('b'),
    ...sources('c'),
  });
  expect(handler).toEqual(['worker', 'browser', 'default']);
});

test('a package may replace built-ins of Node for browsers, and try for them', async () => {
  const { handler, warnings } = await handlerOf({
    'src/index.ts': `import old from 'old'; export default old;`,
    'node_modules/old/package.json': '{ "name": "old", "browser": { "fs": false, "./crypto.js": "./web-crypto.js" } }',
    'node_modules/old/index.js': `let os = 'no os'; try { os = require('os'); } catch {}
      exports.all = [Object.keys(require('fs')).length, require('./crypto.js'), os];`,
    'node_modules/old/crypto.js': `module.exports = require('crypto');`,
    'node_modules/old/web-crypto.js': `module.exports = 'web';`,
  });
  expect(handler).toEqual({ all: [0, 'web', 'no os'] });
  expect(warnings).toEqual([]);
});

test('an installed package stands in for a built-in that functions do not have, and for no other', async () => {
  const { handler } = await handlerOf({
    'src/index.ts': `import os from 'os'; import { sep } from 'path'; export default [os, sep];`,
    'node_modules/os/index.js': `module.exports = 'of npm';`,
    'node_modules/path/index.js': `exports.sep = 'of npm';`,
  });
  expect(handler).toEqual(['of npm', '/']);
});

test('code of packages for other platforms is a warning and fails only when it runs', async () => {
  const { handler, warnings } = await handlerOf({
    'src/index.ts': `import { mode, load } from 'both'; export default [mode, await load('x').catch((e) => e.message)];`,
    'node_modules/both/package.json': '{ "name": "both", "type": "module", "main": "index.js" }',
    'node_modules/both/index.js': `export const mode = import.meta.env ? 'vite' : 'other';\nexport const load = async (name) => import(name);`,
  });
  expect(handler).toEqual(['other', 'Dynamic require of "x" is not supported']);
  expect(warnings).toEqual([
    'node_modules/both/index.js:1:21: import.meta is empty in a function: a bundle has no address.',
    'node_modules/both/index.js:2:37: import() of a computed path finds nothing: a bundle holds what is imported by a literal path.',
  ]);
});

test('packages see a production build and the global object', async () => {
  const { handler } = await handlerOf({
    'src/index.ts': `import lib from 'lib'; export default lib;`,
    'node_modules/lib/index.js': `module.exports = { build: process.env.NODE_ENV === 'production' ? 'production' : require('fs'), isGlobal: global === globalThis };`,
  });
  expect(handler).toEqual({ build: 'production', isGlobal: true });
});

test('a WebAssembly module is imported compiled, by a function that asks for WebAssembly', async () => {
  const add = 'AGFzbQEAAAABBwFgAn9/AX8DAgEABwcBA2FkZAAACgkBBwAgACABagsH';
  await using folder = await makeFunctionFolder(
    {
      'src/index.ts': `import module from './add.wasm'; export default module;`,
      'src/add.wasm': Buffer.from(add, 'base64').subarray(0, 41),
    },
    { limits: { wasmMemoryMb: 8 } },
  );
  const { bundle, inputs } = await buildFunction(folder.path);
  expect(await runInIsolate(bundle, 'new WebAssembly.Instance(handler).exports.add(2, 3)')).toBe(5);
  expect(inputs).toContain('src/add.wasm');
});

test('folders build side by side', async () => {
  const folders = await Promise.all(
    [1, 2, 3, 4].map((value) => makeFunctionFolder({ 'src/index.ts': `export default { value: ${value} };` })),
  );
  await using _all = {
    [Symbol.asyncDispose]: async () => void (await Promise.all(folders.map((f) => f[Symbol.asyncDispose]()))),
  };
  const builds = await Promise.all(folders.map((folder) => buildFunction(folder.path)));
  const handlers = await Promise.all(builds.map(({ bundle }) => runInIsolate(bundle, 'handler.value')));
  expect(handlers).toEqual([1, 2, 3, 4]);
});
