import { afterAll, beforeAll, test } from 'vitest';
import { expectContained, type Hazard } from './contained.ts';
import { HazardWorld } from './hazard-world.ts';

let world: HazardWorld;
beforeAll(async () => {
  world = await HazardWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

/** What starts many pieces of work meets the limit that they reach first. */
const LIMITED = ['exceeded-cpu', 'exceeded-memory'] as const;

const HAZARDS: readonly Hazard[] = [
  { program: 'never-settles', outcomes: ['never-settled'] },
  { program: 'microtask-flood', outcomes: ['exceeded-cpu'] },
  { program: 'promise-bomb', outcomes: [...LIMITED, 'cell-lost'] },
  { program: 'queue-microtask-bomb', outcomes: [...LIMITED, 'cell-lost'] },
  { program: 'thenable-never', outcomes: ['never-settled'] },
  { program: 'thenable-without-end', outcomes: ['exceeded-cpu'] },
  { program: 'thenable-response', outcomes: ['never-settled'] },
  { program: 'async-generator-without-end', outcomes: ['exceeded-cpu'] },
  { program: 'timer-flood', outcomes: ['exception'] },
  { program: 'timer-chain', outcomes: ['exceeded-cpu', 'exceeded-wall-time'], limits: { wallMs: 1_000 } },
  { program: 'interval-without-end', outcomes: ['exceeded-cpu', 'exceeded-wall-time'], limits: { wallMs: 1_000 } },
  { program: 'sleeper', outcomes: ['exceeded-wall-time'], limits: { wallMs: 500 }, says: /wallMs/ },
  { program: 'wait-until-flood', outcomes: ['ok'], says: /answered/ },
  { program: 'wait-until-timers', outcomes: ['ok'], says: /answered/ },
  { program: 'orphan-flood', outcomes: ['ok'], says: /answered/ },
  { program: 'orphan-echo', outcomes: ['ok'], says: /answered/ },
  { program: 'message-ping-pong', outcomes: ['exceeded-cpu', 'exceeded-wall-time'], limits: { wallMs: 2_000 } },
  { program: 'abort-signal-chain', outcomes: ['ok', 'exceeded-cpu'] },
  { program: 'stream-enqueue-without-end', outcomes: LIMITED },
  { program: 'stream-pull-without-end', outcomes: ['broken-off'] },
  { program: 'stream-of-single-bytes', outcomes: ['broken-off'] },
  { program: 'stream-never', outcomes: ['broken-off'], limits: { wallMs: 1_000 } },
];

test.each(HAZARDS)('waiting: $program ends with $outcomes and touches nobody else', async (hazard) => {
  await expectContained(world, hazard);
});
