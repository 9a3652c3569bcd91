import { afterAll, beforeAll, test } from 'vitest';
import { expectContained } from './contained.ts';
import { MEMORY_HAZARDS } from './corpus.ts';
import { HazardWorld } from './hazard-world.ts';

let world: HazardWorld;
beforeAll(async () => {
  world = await HazardWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

test.each(MEMORY_HAZARDS)('memory: $program ends with $outcomes and touches nobody else', async (hazard) => {
  await expectContained(world, hazard);
});
