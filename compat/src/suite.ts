/** The packages of the suite, and what is claimed of each. */
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Claims } from './claims.ts';

const FOLDER = fileURLToPath(new URL('../packages/', import.meta.url));

/** npm's name where it is not that of the file. */
const NPM_NAMES: Readonly<Record<string, string>> = { faker: '@faker-js/faker' };

export interface PackageSuite {
  /** npm's name. */
  readonly name: string;
  readonly version: string;
  /** Of the file, and of the function that is made of it. */
  readonly id: string;
  /** Absolute path of the entry file. */
  readonly file: string;
  readonly titles: readonly string[];
}

/** Sorted by name. */
export async function readSuite(): Promise<PackageSuite[]> {
  const files = (await readdir(FOLDER)).filter((file) => /\.[jt]s$/.test(file));
  const suites = await Promise.all(files.map((file) => readPackage(join(FOLDER, file))));
  return suites.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** Packages are there for any platform, so Node can say which claims there are. */
async function readPackage(file: string): Promise<PackageSuite> {
  const id = basename(file).replace(/\.[jt]s$/, '');
  const name = NPM_NAMES[id] ?? id;
  const { claims } = (await import(pathToFileURL(file).href)) as { readonly claims: Claims };
  return { id, name, version: await versionOf(name), file, titles: Object.keys(claims) };
}

/** The version that stands in node_modules: some packages export neither their manifest nor anything to Node's require. */
async function versionOf(name: string): Promise<string> {
  for (const folder of createRequire(import.meta.url).resolve.paths(name) ?? []) {
    const text = await readFile(join(folder, name, 'package.json'), 'utf8').catch(() => null);
    // Not there: it may be in a folder above.
    if (text !== null) return (JSON.parse(text) as { readonly version: string }).version;
  }
  throw new Error(`${name} is not installed above ${dirname(FOLDER)}`);
}
