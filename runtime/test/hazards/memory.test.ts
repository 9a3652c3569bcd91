import { afterAll, beforeAll, test } from 'vitest';
import { expectContained, type Hazard } from './contained.ts';
import { HazardWorld } from './hazard-world.ts';

let world: HazardWorld;
beforeAll(async () => {
  world = await HazardWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

const MEMORY = ['exceeded-memory'] as const;
/** Native code that holds the thread: the supervisor ends the cell, and the caller may hear no more than that it is gone. */
const CELL = ['exceeded-cpu', 'exceeded-memory', 'cell-lost'] as const;

const HAZARDS: readonly Hazard[] = [
  { program: 'heap-growth', outcomes: MEMORY, says: /memoryMb/ },
  { program: 'map-growth', outcomes: MEMORY },
  { program: 'closure-growth', outcomes: MEMORY },
  { program: 'array-buffer-growth', outcomes: MEMORY },
  { program: 'typed-array-growth', outcomes: MEMORY },
  { program: 'resizable-buffer-growth', outcomes: MEMORY },
  { program: 'transfer-growth', outcomes: MEMORY },
  { program: 'string-growth', outcomes: MEMORY },
  { program: 'string-doubling', outcomes: ['exception', ...MEMORY] },
  { program: 'string-doubling-flat', outcomes: ['exception', ...CELL] },
  { program: 'finalization-registry', outcomes: MEMORY, limits: { cpuMs: 5_000 } },
  { program: 'blob-growth', outcomes: MEMORY },
  { program: 'text-encoder-growth', outcomes: MEMORY, limits: { cpuMs: 5_000 } },
  { program: 'structured-clone-growth', outcomes: MEMORY },
  { program: 'intl-growth', outcomes: CELL, limits: { cpuMs: 5_000 } },
  { program: 'symbol-flood', outcomes: CELL, limits: { cpuMs: 5_000 } },
  { program: 'web-assembly-memory', outcomes: ['exception'] },
  { program: 'shared-memory', outcomes: ['exception'] },
  { program: 'atomics-wait', outcomes: ['exception'] },
];

test.each(HAZARDS)('memory: $program ends with $outcomes and touches nobody else', async (hazard) => {
  await expectContained(world, hazard);
});
