/**
 * `import module from './x.wasm'` gives a compiled `WebAssembly.Module`, as on Workers: for functions with
 * `limits.wasmMemoryMb`, because no other function has WebAssembly.
 */
import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

export const webAssemblyModules: Plugin = {
  name: 'web-assembly-modules',
  setup(bundler) {
    bundler.onLoad({ filter: /\.wasm$/ }, async ({ path }) => {
      const bytes = (await readFile(path)).toString('base64');
      return { contents: `export default new WebAssembly.Module(Uint8Array.fromBase64("${bytes}"));`, loader: 'js' };
    });
  },
};
