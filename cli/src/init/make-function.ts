import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { copyPackage, findInstalled, type InstalledPackage, linkOwn, OWN_FOLDER } from './installed-packages.ts';
import { readTemplate, type TemplateFile, type TemplateName, TEMPLATES } from './templates.ts';

/** Types for the tests, which run in Node. */
const TEST_TYPES = { '@types/node': '26.6.6' } as const;
const SCRIPTS = { dev: 'sovfn dev', deploy: 'sovfn deploy', test: 'sovfn test', types: 'sovfn types' } as const;

export interface NewFunction {
  /** Absolute. */
  readonly root: string;
  readonly name: string;
  readonly template: TemplateName;
}

export interface MadeFunction {
  /** That were written, by path. */
  readonly files: readonly string[];
  /** Packages that are copied from this installation of sovfn, without those that they need. */
  readonly copied: readonly string[];
  /** Packages that package.json names and that are not here: `npm install` gets them. */
  readonly missing: readonly string[];
}

/** Paths of the new function's files that exist. */
export async function findExisting({ root, name, template }: NewFunction): Promise<string[]> {
  const files = [...(await readTemplate(template, name)), { path: 'package.json' }];
  const found = await Promise.all(files.map(async ({ path }) => ((await exists(join(root, path))) ? [path] : [])));
  return found.flat().toSorted();
}

/** Writes the files. Throws EEXIST rather than replace one. */
export async function makeFunction(made: NewFunction): Promise<MadeFunction> {
  const { root, name, template } = made;
  const { packages } = TEMPLATES[template];
  const dependencies = await lookUp(packages);
  const types = await lookUp(TEST_TYPES);
  const manifest = packageJson(name, { dependencies, types });
  const files: TemplateFile[] = [...(await readTemplate(template, name)), { path: 'package.json', content: manifest }];
  for (const { path, content } of files) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content, { flag: 'wx' });
  }
  const found = [...dependencies, ...types].flatMap(({ installed }) => installed ?? []);
  for (const one of found) await copyPackage(root, one);
  await linkOwn(root);
  return {
    files: files.map(({ path }) => path).toSorted(),
    copied: found.map((one) => one.name),
    missing: [...dependencies, ...types].filter(({ installed }) => installed === null).map((one) => one.name),
  };
}

interface Wanted {
  readonly name: string;
  readonly version: string;
  readonly installed: InstalledPackage | null;
}

async function lookUp(packages: Readonly<Record<string, string>>): Promise<Wanted[]> {
  const looking = Object.entries(packages).map(async ([name, version]) => {
    const installed = await findInstalled(name);
    return { name, version: installed?.version ?? version, installed };
  });
  return Promise.all(looking);
}

function packageJson(
  name: string,
  { dependencies, types }: { dependencies: readonly Wanted[]; types: readonly Wanted[] },
): string {
  const versions = (wanted: readonly Wanted[]) => Object.fromEntries(wanted.map((one) => [one.name, one.version]));
  const manifest = {
    name,
    version: '0.1.0',
    private: true,
    type: 'module',
    scripts: SCRIPTS,
    ...(dependencies.length > 0 && { dependencies: versions(dependencies) }),
    devDependencies: { ...versions(types), sovfn: `file:${OWN_FOLDER}` },
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}
