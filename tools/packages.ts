/**
 * The packages that are published: those of the workspace that run, as JavaScript, because Node strips no types below
 * `node_modules`. `node tools/packages.ts <folder>` writes them there as npm would get them, one `.tgz` each.
 *
 * What runs inside isolates stays TypeScript: it is bundled on the machine where it runs.
 */
import { execFile } from 'node:child_process';
import { cp, glob, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, normalize, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ROOT, toolEnvironment } from './run.ts';

const run = promisify(execFile);

const PACKAGES = ['protocol', 'bus', 'store', 'builder', 'gateway', 'runtime', 'cli'] as const;
/** Read by esbuild, not by Node. */
const BUNDLED = ['runtime/src/guest/', 'builder/src/builtins/'];
const FOLDERS = ['src', 'bin', 'types', 'templates'];
const FILES = ['README.md', 'sovfn.schema.json'];
/** A file beside the one that names it. */
const NAMED_FILE = /(?<=['"])\.{1,2}\/[^'"\n]*\.ts(?=['"])/g;

interface Manifest {
  readonly name: string;
  readonly exports: unknown;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>> | undefined;
  readonly [key: string]: unknown;
}

/** Writes the packed packages to a folder. Resolves with their files. */
export async function packPackages(folder: string): Promise<string[]> {
  const draft = await mkdtemp(join(tmpdir(), 'sovfn-packages-'));
  try {
    for (const name of PACKAGES) await writePackage(name, join(draft, name));
    await mkdir(folder, { recursive: true });
    const words = ['pack', '--json', '--pack-destination', resolve(folder), ...PACKAGES.map((name) => `./${name}`)];
    const { stdout } = await run('npm', words, { cwd: draft, env: toolEnvironment() });
    const packed = JSON.parse(stdout) as { readonly filename: string }[];
    return packed.map(({ filename }) => join(resolve(folder), filename));
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function writePackage(name: string, target: string): Promise<void> {
  for (const folder of FOLDERS) {
    for await (const entry of glob(`${name}/${folder}/**/*`, { cwd: ROOT, withFileTypes: true })) {
      const file = join(entry.parentPath, entry.name).slice(ROOT.length);
      if (!entry.isFile() || /\/src\/.*\.test\.ts(\.snap)?$/.test(file)) continue;
      await writeSource(file, join(target, file.slice(name.length + 1)));
    }
  }
  for (const file of [...FILES.map((one) => `${name}/${one}`), 'LICENSE']) {
    await cp(join(ROOT, file), join(target, file.slice(file.lastIndexOf('/') + 1)), { force: true }).catch(
      ignoreAbsence,
    );
  }
  const manifest = await readManifest(name);
  const published = publishedManifest(manifest, name === 'cli' ? await neededByCommand() : {});
  await writeFile(join(target, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
}

/** What the root of the workspace has for the command: the Node that it runs on, and the types that `init` copies. */
async function neededByCommand(): Promise<Partial<Manifest>> {
  const { optionalDependencies, devDependencies } = await readManifest('.');
  return { optionalDependencies, dependencies: { '@types/node': devDependencies['@types/node']! } };
}

function publishedManifest(manifest: Manifest, further: Partial<Manifest>): object {
  const { private: _private, scripts: _scripts, devDependencies: _development, ...kept } = manifest;
  return {
    ...kept,
    ...further,
    exports: JSON.parse(JSON.stringify(manifest.exports).replaceAll(/(?<!\.d)\.ts"/g, '.js"')) as unknown,
    dependencies: { ...manifest.dependencies, ...further.dependencies },
    engines: { node: '>=20' },
    publishConfig: { access: 'public', provenance: true },
  };
}

async function writeSource(file: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  if (!isCompiled(file) && !file.endsWith('.js') && !isBundled(file)) return cp(join(ROOT, file), target);
  const text = await readFile(join(ROOT, file), 'utf8');
  const code = isCompiled(file) ? stripTypeScriptTypes(text) : text;
  const renamed = code.replaceAll(NAMED_FILE, (named) => {
    return isCompiled(normalize(join(dirname(file), named))) ? named.replace(/\.ts$/, '.js') : named;
  });
  await writeFile(isCompiled(file) ? target.replace(/\.ts$/, '.js') : target, renamed);
}

function isCompiled(file: string): boolean {
  return /^[a-z]+\/src\/.*(?<!\.d)\.ts$/.test(file) && !isBundled(file);
}

function isBundled(file: string): boolean {
  return BUNDLED.some((folder) => file.startsWith(folder));
}

async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(ROOT, folder, 'package.json'), 'utf8')) as Manifest;
}

function ignoreAbsence(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const file of await packPackages(process.argv[2] ?? 'dist')) process.stdout.write(`${file}\n`);
}
