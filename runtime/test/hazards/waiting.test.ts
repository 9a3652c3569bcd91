import { afterAll, beforeAll, test } from 'vitest';
import { expectContained } from './contained.ts';
import { WAITING_HAZARDS } from './corpus.ts';
import { HazardWorld } from './hazard-world.ts';

let world: HazardWorld;
beforeAll(async () => {
  world = await HazardWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

test.each(WAITING_HAZARDS)('waiting: $program ends with $outcomes and touches nobody else', async (hazard) => {
  await expectContained(world, hazard);
});
