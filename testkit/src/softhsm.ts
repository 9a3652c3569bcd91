/**
 * A token of SoftHSM with its objects in a temporary folder. The library is the system's, or Debian's package in the cache folder
 * (`apt-get download`, unpacked, nothing installed).
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { codeCacheFolder } from 'sovfn/servers';
import { makeTemporaryFolder } from './temporary-folder.ts';

export interface SoftHsm extends AsyncDisposable {
  /** Path of the PKCS#11 module. */
  readonly module: string;
  readonly token: string;
  readonly pin: string;
  /** Environment variables of the processes that use it. */
  readonly environment: { readonly SOFTHSM2_CONF: string };
  /** With the token's objects. */
  readonly tokensFolder: string;
}

const run = promisify(execFile);
const MODULE = 'usr/lib/softhsm/libsofthsm2.so';
const TOOL = 'usr/bin/softhsm2-util';
const PACKAGES = ['softhsm2', 'libsofthsm2'];
const DOWNLOAD_MS = 60_000;

/** A reason, where there is no SoftHSM and none can be had. */
export async function startSoftHsm(): Promise<SoftHsm | string> {
  let root: string;
  try {
    root = await provideSoftHsm();
  } catch (error) {
    return `there is no SoftHSM here: ${(error as Error).message}`;
  }
  const folder = await makeTemporaryFolder('softhsm');
  const tokensFolder = join(folder.path, 'tokens');
  const config = join(folder.path, 'softhsm2.conf');
  await mkdir(tokensFolder);
  await writeFile(config, `directories.tokendir = ${tokensFolder}\nobjectstore.backend = file\nlog.level = ERROR\n`);
  const [module, token, pin] = [join(root, MODULE), 'sovfn', randomBytes(4).toString('hex')];
  const environment = { SOFTHSM2_CONF: config };
  const secrets = ['--pin', pin, '--so-pin', randomBytes(4).toString('hex')];
  const words = ['--module', module, '--init-token', '--free', '--label', token, ...secrets];
  await run(join(root, TOOL), words, { env: { ...process.env, ...environment } });
  const end = async (): Promise<void> => folder[Symbol.asyncDispose]();
  return { module, token, pin, environment, tokensFolder, [Symbol.asyncDispose]: end };
}

/** Resolves with the folder below which it lies as Debian has it. */
async function provideSoftHsm(): Promise<string> {
  if (await isWhole('/')) return '/';
  const cached = join(dirname(codeCacheFolder(process.env)), 'softhsm');
  if (await isWhole(cached)) return cached;
  await mkdir(dirname(cached), { recursive: true });
  const draft = await mkdtemp(`${cached}.partial-`);
  try {
    await run('apt-get', ['download', ...PACKAGES], { cwd: draft, timeout: DOWNLOAD_MS });
    const packages = (await readdir(draft)).filter((name) => name.endsWith('.deb'));
    for (const name of packages) await run('dpkg-deb', ['-x', name, '.'], { cwd: draft });
    await rename(draft, cached).catch(async (error: unknown) => {
      if (!(await isWhole(cached))) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return cached;
}

async function isWhole(root: string): Promise<boolean> {
  const found = await Promise.allSettled([MODULE, TOOL].map((path) => access(join(root, path))));
  return found.every(({ status }) => status === 'fulfilled');
}
