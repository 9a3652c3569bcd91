import { join } from 'node:path';
import type { Plugin } from 'esbuild';

/**
 * Modules of libraries that the guest replaces by its own: what they bring is 500 KB of tables that the host has
 * already, or needs what an isolate does not have.
 */
export function substitutes(guestFolder: string): Plugin {
  const url = join(guestFolder, 'url/substitutes.guest.ts');
  const tables = join(guestFolder, 'encoding/tables.guest.ts');
  return {
    name: 'substitutes',
    setup(build) {
      build.onResolve({ filter: /^(?:tr46|@exodus\/bytes\/whatwg\.js|\.\/encoding)$/ }, ({ importer }) =>
        isOf('whatwg-url', importer) ? { path: url } : undefined,
      );
      build.onResolve({ filter: /^@exodus\/bytes\/encoding\.js$/ }, ({ importer, path }) =>
        isOf('whatwg-url', importer) ? { path, namespace: 'nothing' } : undefined,
      );
      build.onResolve({ filter: /multi-byte\.encodings\.cjs$/ }, () => ({ path: tables }));
      build.onLoad({ filter: /./, namespace: 'nothing' }, () => ({ contents: '', loader: 'js' }));
    },
  };
}

function isOf(packageName: string, file: string): boolean {
  return file.replaceAll('\\', '/').includes(`/node_modules/${packageName}/`);
}
