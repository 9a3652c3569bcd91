/** What shows, without reading them again, that packages are as they were: times and sizes of everything that they come from. */
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** By absolute path; null: there was nothing. */
export type Stamps = ReadonlyMap<string, string | null>;

/** `files`: relative to the function's folder. */
export function stampsOf(root: string, files: readonly string[]): Stamps {
  const manifests = new Set(files.map((file) => join(root, packageOf(file), 'package.json')));
  const paths = [...files.map((file) => join(root, file)), ...manifests, ...placesAbove(root), ...settingsOf(root)];
  return new Map(paths.map((path) => [path, stampOf(path)]));
}

export function isUnchanged(stamps: Stamps): boolean {
  for (const [path, stamp] of stamps) if (stampOf(path) !== stamp) return false;
  return true;
}

function stampOf(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? null : `${found.mtimeMs} ${found.size} ${found.ino}`;
}

/** Folder of the package: `…/node_modules/name`, with its scope. */
function packageOf(file: string): string {
  const segments = file.split('/');
  const at = segments.lastIndexOf('node_modules') + 1;
  return segments.slice(0, at + (segments[at]!.startsWith('@') ? 2 : 1)).join('/');
}

/** Where a package may be installed that would be taken instead. */
function placesAbove(root: string): string[] {
  const places: string[] = [];
  for (let folder = root; ; folder = dirname(folder)) {
    places.push(join(folder, 'node_modules'), join(folder, 'node_modules', '.package-lock.json'));
    if (folder === dirname(folder)) return places;
  }
}

const settingsOf = (root: string): string[] => [join(root, 'package.json'), join(root, 'tsconfig.json')];
