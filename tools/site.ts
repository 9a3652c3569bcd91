/** The generator of the documentation's site: an install of its own in `site/`, so that who only runs sovfn is spared it. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT, toolEnvironment } from './run.ts';

const execute = promisify(execFile);
const SITE = join(ROOT, 'site');
const PACKAGES = join(SITE, 'node_modules');

/** Builds the site into a folder, which is made anew. Throws with what the generator says: of a dead link, its page. */
export async function buildSite(folder: string): Promise<void> {
  if (!(await isInstalled())) {
    const words = ['ci', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    await execute('npm', words, { cwd: SITE, env: toolEnvironment() });
  }
  const generator = join(PACKAGES, 'vitepress/bin/vitepress.js');
  await execute(process.execPath, [generator, 'build', SITE, '--outDir', folder], { env: toolEnvironment() });
}

/** Shows a built site at an address of this machine, until it is interrupted. Resolves to the exit code. */
export async function showSite(folder: string, port: string): Promise<number> {
  const words = ['preview', '--host', '127.0.0.1', '--port', port, '--strictPort', '--outDir', folder];
  const server = spawn(process.execPath, [join(PACKAGES, 'vite/bin/vite.js'), ...words], {
    cwd: SITE,
    stdio: 'inherit',
    env: toolEnvironment(),
  });
  const [code] = (await once(server, 'exit')) as [number | null];
  return code ?? 0;
}

/** npm keeps a copy of the lock of what it installed; this one names what is optional and for other machines, too. */
async function isInstalled(): Promise<boolean> {
  const [wanted, installed] = await Promise.all(
    [join(SITE, 'package-lock.json'), join(PACKAGES, '.package-lock.json')].map(readVersions),
  );
  return Object.entries(wanted!).every(([path, { version, optional }]) => {
    return installed![path] === undefined ? optional === true || path === '' : installed![path].version === version;
  });
}

interface LockedPackage {
  readonly version?: string;
  readonly optional?: boolean;
}

async function readVersions(file: string): Promise<Readonly<Record<string, LockedPackage>>> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{"packages":{}}';
    throw error;
  });
  return (JSON.parse(text) as { packages: Record<string, LockedPackage> }).packages;
}
