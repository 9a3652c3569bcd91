/**
 * Checks the direction of imports: which package may import which, and that no file imports itself through others.
 * What it refuses is printed as `file: rule`; exit code 1.
 */
import { glob, readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { ROOT } from './run.ts';

/** Arrows of the repository: a package, and what its `src` may import. Tests may also import `@sovfn/testkit`. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  bus: ['protocol'],
  store: ['protocol'],
  builder: ['protocol'],
  gateway: ['protocol', 'bus', 'store'],
  runtime: ['protocol', 'bus', 'store', 'builder'],
  cli: ['protocol', 'builder', 'bus', 'gateway', 'runtime', 'store'],
  testkit: ['protocol', 'builder', 'bus', 'cli'],
};
const PACKAGE_OF: Readonly<Record<string, string>> = { sovfn: 'cli' };
const IMPORT = /^\s*(?:import|export)\s(?:[^'"]*?\sfrom\s)?['"]([^'"]+)['"]/gm;
const TYPE_IMPORT = /^\s*(?:import|export) type\s/;

const problems: string[] = [];
const edges = new Map<string, string[]>();

for (const name of Object.keys(MAY_IMPORT)) {
  for await (const file of glob(`${name}/src/**/*.ts`, { cwd: ROOT })) await readImports(name, file);
}
for (const file of edges.keys()) findCycle(file, []);
for (const problem of new Set(problems)) process.stdout.write(`${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;

async function readImports(name: string, file: string): Promise<void> {
  const text = await readFile(join(ROOT, file), 'utf8');
  const targets: string[] = [];
  for (const match of text.matchAll(IMPORT)) {
    const target = match[1]!;
    if (target.startsWith('.')) {
      if (!TYPE_IMPORT.test(match[0])) targets.push(normalize(join(dirname(file), target)));
    } else checkArrow(name, file, target);
  }
  edges.set(file, targets);
}

function checkArrow(name: string, file: string, target: string): void {
  const other = packageOf(target);
  if (other === null || other === name || MAY_IMPORT[name]!.includes(other)) return;
  if (file.endsWith('.test.ts') && other === 'testkit') return;
  problems.push(`${file}: ${name}/ may not import ${other}/ (${target})`);
}

function packageOf(target: string): string | null {
  const [scope = '', name = ''] = target.split('/');
  if (scope === '@sovfn') return name;
  return PACKAGE_OF[scope] ?? null;
}

/** Depth-first; a file that was left without a cycle is not walked again. */
function findCycle(file: string, path: readonly string[]): void {
  if (path.includes(file)) {
    problems.push(`${[...path.slice(path.indexOf(file)), file].join(' → ')}: imports itself`);
    return;
  }
  const targets = edges.get(file) ?? [];
  edges.set(file, []);
  for (const target of targets) findCycle(target, [...path, file]);
}
