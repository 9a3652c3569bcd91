import { expect, test } from 'vitest';
import { createHmac } from '../src/builtins/crypto-hash.ts';
import { buildFunction } from '../src/index.ts';
import { errorOf, type Files, makeFunctionFolder } from './folder.ts';

async function built(files: Files, config: Readonly<Record<string, unknown>> = {}) {
  await using folder = await makeFunctionFolder(files, config);
  return await buildFunction(folder.path);
}

test('a bundle that imports no built-in of Node holds nothing of them', async () => {
  const { bundle } = await built({
    'src/index.ts': `export default { fetch: async () => new Response(typeof Buffer) };`,
  });
  expect(bundle).toBe(
    'var src_default={fetch:async()=>new Response(typeof Buffer)};\nexport{src_default as default};\n',
  );
});

test('an import of one name leaves out what it does not need', async () => {
  const { bundle } = await built({ 'src/index.ts': `import { escape } from 'querystring'; export default escape;` });
  expect(bundle).toContain('function escape(');
  expect(bundle).not.toContain('function stringify(');
});

test('async functions are lowered, with a warning, only in bundles that import node:async_hooks', async () => {
  const source = (line: string): Files => ({
    'src/index.ts': `${line} export default { fetch: async () => await 1 };`,
  });
  const plain = await built(source(''));
  const lowered = await built(
    source(`import { AsyncLocalStorage } from 'async_hooks'; export const s = new AsyncLocalStorage();`),
  );
  expect(plain.bundle).toContain('async()=>await 1');
  expect(lowered.bundle).not.toMatch(/\basync\b|\bawait\b/);
  expect(plain.warnings).toEqual([]);
  expect(lowered.warnings).toEqual([
    'node:async_hooks is imported: so that AsyncLocalStorage can follow them, all async functions of this bundle are ' +
      'compiled to generators, and each await costs about 1 µs of CPU.',
  ]);
});

test('await outside of a function and node:async_hooks are refused together', async () => {
  await using folder = await makeFunctionFolder({
    'src/index.ts': `import { AsyncLocalStorage } from 'node:async_hooks';\nexport default await new AsyncLocalStorage();`,
  });
  const error = await errorOf(buildFunction(folder.path));
  expect(error.message).toContain(
    'src/index.ts:2:16: await outside of a function cannot stand in a bundle that imports node:async_hooks.',
  );
});

test('a file that uses Buffer or process as if they were there gets them, one that asks first does not', async () => {
  const { bundle } = await built(
    {
      'src/index.ts': `import uses from 'uses'; import asks from 'asks'; export default [uses, asks];`,
      'node_modules/uses/index.js': `module.exports = process.env.CURRENCY;`,
      'node_modules/asks/index.js': `module.exports = typeof Buffer === 'undefined' ? null : Buffer.from('a');`,
    },
    { vars: { CURRENCY: 'EUR' } },
  );
  expect(bundle).toContain('"CURRENCY":"EUR"');
  expect(bundle).not.toContain('readUInt32BE');
});

test('a variable of the name of a global of Node is left alone', async () => {
  const { bundle } = await built({
    'src/index.ts': `const process = (x: number) => x + 1; export default { p: process(1) };`,
  });
  expect(bundle).not.toContain('nextTick');
});

test('bundles and source maps name no folder of the builder', async () => {
  const { bundle, sourceMap } = await built({
    'src/index.ts': `import { Readable } from 'node:stream'; const events = require('events'); export default [Readable, events];`,
  });
  const { sources } = JSON.parse(sourceMap) as { readonly sources: readonly string[] };
  expect(sources.filter((source) => !/^(?:sovfn:|src\/|node_modules\/)/.test(source))).toEqual([]);
  expect(bundle).not.toContain('builder/');
});

test('createHmac refuses the placeholder of a secret, in place of signing with it', () => {
  const placeholder = `sovfn-secret-${'0f'.repeat(16)}`;
  for (const key of [placeholder, Buffer.from(placeholder)]) {
    expect(() => createHmac('sha256', key)).toThrow('createHmac got the placeholder of a secret.');
  }
  expect(createHmac('sha256', `${placeholder}0`).update('a').digest('hex')).toHaveLength(64);
});
