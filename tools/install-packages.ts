/**
 * Installs the packed packages with the versions of this workspace: nothing is asked of a registry that the workspace's own
 * install did not get, so npm's cache is enough.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { ROOT, toolEnvironment } from './run.ts';

const run = promisify(execFile);
/** Of the workspace for development only, but what the command copies to new functions. */
const NEEDED_TYPES: ReadonlySet<string> = new Set(['node_modules/@types/node', 'node_modules/undici-types']);

interface LockEntry {
  readonly dev?: boolean;
  readonly link?: boolean;
  readonly [fact: string]: unknown;
}
type Lock = Readonly<Record<string, LockEntry>>;

/** Installs what `packPackages` wrote into a folder that does not exist yet. */
export async function installPackages(packed: readonly string[], folder: string): Promise<void> {
  await mkdir(folder);
  const { packages } = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')) as { packages: Lock };
  const shared = Object.entries(packages).flatMap(([path, entry]) => {
    const place = /^(?:(?<of>\w+)\/)?node_modules\//.exec(path);
    if (place === null || entry.link === true || (entry.dev === true && !NEEDED_TYPES.has(path))) return [];
    const of = place.groups?.['of'];
    return [[of === undefined ? path : path.replace(of, `node_modules/@sovfn/${of}`), entry] as const];
  });
  const dependencies: Record<string, string> = {};
  const own: Record<string, object> = {};
  for (const file of packed) {
    const { stdout } = await run('tar', ['-xOzf', file, 'package/package.json']);
    const { name, version, ...manifest } = JSON.parse(stdout) as { name: string; version: string };
    const resolved = `file:${relative(folder, file)}`;
    const integrity = `sha512-${createHash('sha512')
      .update(await readFile(file))
      .digest('base64')}`;
    dependencies[name] = resolved;
    own[`node_modules/${name}`] = { ...manifest, version, resolved, integrity };
  }
  const root = { name: 'installed', version: '1.0.0', dependencies };
  const lock = {
    ...root,
    lockfileVersion: 3,
    requires: true,
    packages: { '': root, ...Object.fromEntries(shared), ...own },
  };
  await writeFile(join(folder, 'package.json'), JSON.stringify(root));
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify(lock));
  const words = ['ci', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await run('npm', words, { cwd: folder, env: toolEnvironment() });
}
