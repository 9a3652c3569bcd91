import { afterAll, beforeAll, test } from 'vitest';
import { expectContained, type Hazard } from './contained.ts';
import { HazardWorld } from './hazard-world.ts';

let world: HazardWorld;
beforeAll(async () => {
  world = await HazardWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

const CPU = ['exceeded-cpu'] as const;
/** Native code that holds the thread: the supervisor ends the cell, and the caller may hear no more than that it is gone. */
const CELL = ['exceeded-cpu', 'exceeded-memory', 'cell-lost'] as const;

const HAZARDS: readonly Hazard[] = [
  { program: 'endless-loop', outcomes: CPU, says: /its limit cpuMs of 200/ },
  { program: 'endless-loop-after-await', outcomes: CPU },
  { program: 'endless-loop-in-finally', outcomes: CPU },
  { program: 'endless-loop-in-background', outcomes: ['ok'], says: /answered/ },
  { program: 'catastrophic-regex', outcomes: CPU },
  { program: 'catastrophic-replace', outcomes: CPU },
  { program: 'comparator-without-end', outcomes: CPU },
  { program: 'clock-watcher', outcomes: CPU },
  { program: 'getter-bomb', outcomes: CPU },
  { program: 'digest-flood', outcomes: CPU },
  { program: 'random-flood', outcomes: CPU },
  { program: 'weakref-loop', outcomes: [...CPU, 'exceeded-memory'] },
  { program: 'regex-of-huge-repetitions', outcomes: ['ok', ...CPU, 'exception'] },
  { program: 'url-of-ten-megabytes', outcomes: ['ok', ...CPU, 'exceeded-memory', 'exception'] },
  { program: 'proxy-without-end', outcomes: CPU },
  { program: 'bigint-powers', outcomes: CELL },
  { program: 'bigint-digits', outcomes: CELL },
  { program: 'array-fill', outcomes: CELL },
  { program: 'nested-json-stringify', outcomes: [...CELL, 'exception'] },
  { program: 'spread-string', outcomes: CELL },
  { program: 'sparse-array-join', outcomes: [...CELL, 'exception'] },
];

test.each(HAZARDS)('CPU: $program ends with $outcomes and touches nobody else', async (hazard) => {
  await expectContained(world, hazard);
});
