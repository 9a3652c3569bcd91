/**
 * Packages of the installation that this sovfn belongs to. A new function gets copies of those that it needs, so that it
 * can be built, checked by an editor and tested without a network, and `npm install` finds what package.json asks for.
 * sovfn itself is linked: there is one of it.
 */
import { access, cp, mkdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface InstalledPackage {
  readonly name: string;
  readonly folder: string;
  readonly version: string;
  /** Names of the packages that it cannot do without. */
  readonly needs: readonly string[];
}

/** Folder of the package sovfn itself. */
export const OWN_FOLDER = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** As code in that folder would find it; null when it is not there. */
export async function findInstalled(name: string, from: string = OWN_FOLDER): Promise<InstalledPackage | null> {
  for (const modules of createRequire(join(from, 'index.js')).resolve.paths(name) ?? []) {
    const folder = join(modules, name);
    const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => null);
    if (text === null) continue;
    const { version, dependencies = {} } = JSON.parse(text) as PackageJson;
    return { name, folder, version, needs: Object.keys(dependencies) };
  }
  return null;
}

interface PackageJson {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/**
 * Copies a package and those that it needs into `node_modules` of `root`, as npm would lay them out: beside each other, and
 * below the package that needs another version. What is there is left.
 */
export async function copyPackage(root: string, { name, folder, version, needs }: InstalledPackage): Promise<void> {
  const there = await findInside(root, name);
  if (there?.version === version) return;
  const copy = join(root, 'node_modules', name);
  if (there === null) await cp(folder, copy, { recursive: true, dereference: true, filter: isOwnFile });
  for (const need of needs) {
    const found = await findInstalled(need, folder);
    if (found === null) continue;
    const beside = await findInside(root, need);
    await copyPackage(beside === null || beside.version === found.version ? root : copy, found);
  }
}

/** Makes `node_modules/sovfn` and npm's link to its command, which scripts of package.json find. */
export async function linkOwn(root: string): Promise<void> {
  await link(OWN_FOLDER, join(root, 'node_modules', 'sovfn'));
  await link('../sovfn/bin/sovfn.js', join(root, 'node_modules', '.bin', 'sovfn'));
}

async function findInside(root: string, name: string): Promise<{ readonly version: string } | null> {
  const text = await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as PackageJson);
}

/** Packages below another one are copied when they are needed. */
const isOwnFile = (path: string): boolean => basename(path) !== 'node_modules';

async function link(target: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (!isThere) await symlink(target, path);
}
