import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const require = createRequire(import.meta.url);
/** The package itself is small; npm installs the one of these that has the binary for this machine. */
const packageSchema = z.object({ version: z.string(), optionalDependencies: z.record(z.string(), z.string()) });

/** A runtime that comes as an npm package, and where its binary lies in the package of this machine. */
const BINARIES = { deno: 'deno', bun: 'bin/bun' } as const;
export type PackagedRuntime = keyof typeof BINARIES;

/** Throws when npm has none for this machine. */
export function findPackagedBinary(name: PackagedRuntime): { binary: string; version: string } {
  const { version, optionalDependencies } = packageSchema.parse(require(`${name}/package.json`));
  for (const dependency of Object.keys(optionalDependencies)) {
    const folder = folderOf(dependency);
    if (folder !== null) return { binary: join(folder, BINARIES[name]), version };
  }
  throw new Error(`npm has installed no package with a binary of ${name} for ${process.platform} on ${process.arch}`);
}

/** Null: npm has none for this machine. */
export function packagedVersion(name: PackagedRuntime): string | null {
  try {
    return findPackagedBinary(name).version;
  } catch {
    return null;
  }
}

function folderOf(packageName: string): string | null {
  try {
    return dirname(require.resolve(`${packageName}/package.json`));
  } catch {
    // It is made for other machines.
    return null;
  }
}
