import { readFile } from 'node:fs/promises';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { BINARY_FILES, TEXT_FILES } from '../src/bundle/esbuild-options.ts';

const TYPES = new URL('../../cli/types/', import.meta.url).pathname;

test('every kind of file that a bundle may import has a type, and no other', async () => {
  const declared = (await readFile(`${TYPES}files.d.ts`, 'utf8')).matchAll(/^declare module '\*(\.\S+)'/gm);
  // `*.css` stands for `*.module.css` too.
  const importable = [...TEXT_FILES, ...BINARY_FILES, '.wasm'].filter((extension) => extension !== '.module.css');
  expect([...declared].map(([, extension]) => extension).toSorted()).toEqual(importable.toSorted());
});

test('imports of files are typed for who imports a type of sovfn', () => {
  const source = `
import type { Handler } from '${TYPES}index.d.ts';
import list from './list.csv';
import font from './font.ttf';
import adder from './adder.wasm';
export const text: string = list;
export const bytes: Uint8Array = font;
export const module: WebAssembly.Module = adder;
export const wrong: number = list;
export default { fetch: () => new Response(text) } satisfies Handler;
`;
  const options: ts.CompilerOptions = {
    ...{
      target: ts.ScriptTarget.ES2024,
      lib: ['lib.es2024.d.ts', 'lib.dom.d.ts'],
      types: [],
      strict: true,
      noEmit: true,
    },
    ...{ module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, skipLibCheck: true },
  };
  const host = ts.createCompilerHost(options);
  const getSourceFile = host.getSourceFile.bind(host);
  const name = new URL('imports.ts', import.meta.url).pathname;
  host.getSourceFile = (file, ...rest) =>
    file === name ? ts.createSourceFile(file, source, ts.ScriptTarget.ES2024) : getSourceFile(file, ...rest);
  const found = ts.getPreEmitDiagnostics(ts.createProgram([name], options, host));
  expect(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))).toEqual([
    "Type 'string' is not assignable to type 'number'.",
  ]);
});
