import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { z } from 'zod';
import { jsonOrNull } from '@sovfn/protocol';

/** A package of which files are in a build. */
export interface InputPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX expression, as the package says; null when it says none. */
  readonly license: string | null;
  /** Bytes that its files have in the bundle; 0: they were read, and nothing of them is left. */
  readonly bytes: number;
}

export interface InputFile {
  /** Relative to the function's folder. */
  readonly path: string;
  readonly bytes: number;
}

const packageSchema = z.object({
  name: z.string().min(1),
  version: z.string().min(1),
  license: z.string().min(1).optional().catch(undefined),
});

/**
 * The packages that files in `node_modules` belong to, each version once, by name. A package whose `package.json` has no name
 * or version is named after its folder, with the version `0.0.0`.
 */
export async function packagesOf(folder: string, inputs: readonly InputFile[]): Promise<InputPackage[]> {
  const bytes = new Map<string, number>();
  for (const input of inputs) {
    const place = packageFolder(input.path);
    if (place !== null) bytes.set(place, (bytes.get(place) ?? 0) + input.bytes);
  }
  const found = await Promise.all([...bytes].map(async ([place, sum]) => readPackage(folder, place, sum)));
  const merged = new Map<string, InputPackage>();
  for (const each of found) {
    const key = `${each.name}@${each.version}`;
    merged.set(key, { ...each, bytes: each.bytes + (merged.get(key)?.bytes ?? 0) });
  }
  return [...merged.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
}

const MODULES = 'node_modules/';

/** `../node_modules/@scope/name` of a file below it; null for a file of the function itself. */
function packageFolder(path: string): string | null {
  const at = path.lastIndexOf(MODULES);
  if (at === -1 || (at > 0 && path[at - 1] !== '/')) return null;
  const rest = path.slice(at + MODULES.length).split('/');
  const name = rest.slice(0, rest[0]!.startsWith('@') ? 2 : 1).join('/');
  return `${path.slice(0, at)}${MODULES}${name}`;
}

async function readPackage(folder: string, place: string, bytes: number): Promise<InputPackage> {
  const text = await readFile(join(folder, place, 'package.json'), 'utf8').catch(() => '{}');
  const parsed = packageSchema.safeParse(jsonOrNull(text));
  if (!parsed.success) return { name: nameOf(place), version: '0.0.0', license: null, bytes };
  const { name, version, license = null } = parsed.data;
  return { name, version, license, bytes };
}

function nameOf(place: string): string {
  const base = posix.basename(place);
  const scope = posix.basename(posix.dirname(place));
  return scope.startsWith('@') ? `${scope}/${base}` : base;
}
