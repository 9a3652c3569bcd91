import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CellHarness, startCell } from '../../runtime/test/cell/cell-harness.ts';
import { buildEntry } from '../src/build-entry.ts';
import { runSample, type Samples } from '../src/samples.ts';

const FOLDER = fileURLToPath(new URL('../builtins/', import.meta.url));
const LIMITS = { cpuMs: 2_000, memoryMb: 256 };

const files = (await readdir(FOLDER)).toSorted();
const suite = await Promise.all(
  files.map(async (file) => {
    const { samples } = (await import(join(FOLDER, file))) as { readonly samples: Samples };
    return { name: basename(file, '.ts'), file: join(FOLDER, file), samples };
  }),
);

let cell: CellHarness;
beforeAll(async () => {
  cell = await startCell();
});
afterAll(() => cell[Symbol.asyncDispose]());

describe.each(suite)('$name gives what Node gives', ({ name, file, samples }) => {
  const id = name.replaceAll('_', '-');
  beforeAll(async () => {
    const { bundle, sourceMap } = await buildEntry(id, file);
    await cell.deploy(id, bundle, LIMITS, sourceMap);
  });

  test.each(Object.keys(samples))('%s', async (title) => {
    const answer = await cell.call(id, { url: `http://localhost/?sample=${encodeURIComponent(title)}` });
    expect(answer.outcome).toBe('ok');
    expect(JSON.parse(answer.body.toString())).toEqual(JSON.parse(await runSample(samples, title)));
  });
});
