import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CellHarness } from '../../runtime/test/cell/cell-harness.ts';
import { startCell } from '../../runtime/test/cell/cell-harness.ts';
import type { Finding } from '../src/claims.ts';
import { buildEntry } from '../src/build-entry.ts';
import { readSuite } from '../src/suite.ts';

/** Larger than the defaults: what is tested is what packages can do, not how fast they load on a busy machine. */
const LIMITS = { cpuMs: 2_000, memoryMb: 256 };

const suite = await readSuite();
let cell: CellHarness;
beforeAll(async () => {
  cell = await startCell();
});
afterAll(() => cell[Symbol.asyncDispose]());

describe.each(suite)('$name $version', ({ id, file, titles }) => {
  beforeAll(async () => {
    const { bundle, sourceMap } = await buildEntry(id, file);
    await cell.deploy(id, bundle, LIMITS, sourceMap);
  });

  test.each(titles)('%s', async (title) => {
    const answer = await cell.call(id, { url: `http://localhost/?claim=${encodeURIComponent(title)}` });
    expect(`${answer.outcome} ${answer.body.toString()}`).toMatch(/^ok \{/);
    const { actual, expected } = JSON.parse(answer.body.toString()) as Finding;
    expect(actual).toEqual(expected);
  });
});
