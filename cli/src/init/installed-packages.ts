/**
 * Packages of the installation that this sovfn belongs to. A new function gets links to them, so that it can be built,
 * checked by an editor and tested without a network; `npm install` puts the packages themselves in the links' place.
 */
import { access, mkdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface InstalledPackage {
  readonly name: string;
  readonly folder: string;
  readonly version: string;
}

/** Folder of the package sovfn itself. */
export const OWN_FOLDER = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** Null when the package is not there. */
export async function findInstalled(name: string): Promise<InstalledPackage | null> {
  for (const modules of createRequire(import.meta.url).resolve.paths(name) ?? []) {
    const folder = join(modules, name);
    const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => null);
    if (text !== null) return { name, folder, version: (JSON.parse(text) as { version: string }).version };
  }
  return null;
}

/** Makes `node_modules/<name>` lead to the folder, unless there is something of this name. */
export async function linkPackage(root: string, { name, folder }: Omit<InstalledPackage, 'version'>): Promise<void> {
  await link(folder, join(root, 'node_modules', name));
}

/** What npm makes of a package's `bin`: scripts of package.json find it by its name. */
export async function linkCommand(root: string): Promise<void> {
  await link('../sovfn/bin/sovfn.js', join(root, 'node_modules', '.bin', 'sovfn'));
}

async function link(target: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (!isThere) await symlink(target, path);
}
