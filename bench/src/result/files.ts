import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { machineSlug } from '../machine.ts';
import { MEASUREMENTS } from '../measurements/index.ts';
import { ROOT } from '../paths.ts';
import { type Result, resultSchema } from './result.ts';

const FOLDER = join(ROOT, 'bench/results');
/** git ignores these: runs that are quick, or do not have every measurement. */
const LOCAL_PREFIX = 'local-';

/** Writes `<date>-<machine>.json` and returns its path. A second run of a day replaces the first. */
export async function writeResult(result: Result): Promise<string> {
  const isWhole = result.mode === 'full' && MEASUREMENTS.every(({ name }) => name in result.measurements);
  const date = result.startedAt.slice(0, 10);
  const path = join(FOLDER, `${isWhole ? '' : LOCAL_PREFIX}${date}-${machineSlug(result.machine)}.json`);
  await mkdir(FOLDER, { recursive: true });
  await writeFile(path, `${JSON.stringify(result, null, 2)}\n`);
  return path;
}

/** Throws when the file is not a result of this version of the benchmark. */
export async function readResult(path: string): Promise<Result> {
  return resultSchema.parse(JSON.parse(await readFile(path, 'utf8')));
}
