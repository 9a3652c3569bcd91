/**
 * OpenTelemetry's API in a bundle: the entry module hands each copy of it to the isolate, which then collects the spans that
 * are made by it. It does so after the function's own module, whose provider stands above the platform's.
 */
import { join } from 'node:path';
import { SPANS_SYMBOL } from '@sovfn/protocol/guest-spans';
import type { Metafile, Plugin } from 'esbuild';

const ENTRY_FILE = /(?:^|\/)node_modules\/@opentelemetry\/api\/build\/[a-z]+\/index\.js$/;
/** What the entry module calls the copies: no path is in the bundle or its map. */
const NAME = 'sovfn:span-api/';

/** Entry files of the copies of which something is in the bundle; as esbuild names them. Sorted. */
export function findSpanApis({ inputs }: Metafile['outputs'][string]): string[] {
  return Object.keys(inputs)
    .filter((path) => ENTRY_FILE.test(path) && inputs[path]!.bytesInOutput > 0)
    .toSorted();
}

/** Statements for the entry module; `copies` as `findSpanApis` found them. */
export function handOverSpanApis(copies: readonly string[]): string {
  if (copies.length === 0) return '';
  const names = copies.map((_, position) => `api${position}`);
  const imports = names.map((name, position) => `import * as ${name} from "${NAME}${position}";\n`);
  const connect = `globalThis[Symbol.for("${SPANS_SYMBOL}")]?.([${names.join(', ')}], new AsyncLocalStorage());\n`;
  return `import { AsyncLocalStorage } from "node:async_hooks";\n${imports.join('')}${connect}`;
}

export function spanApis(root: string, copies: readonly string[]): Plugin {
  return {
    name: 'span-apis',
    setup(bundler) {
      bundler.onResolve({ filter: new RegExp(`^${NAME}\\d+$`) }, ({ path }) => ({
        path: join(root, copies[Number(path.slice(NAME.length))]!),
      }));
    },
  };
}
