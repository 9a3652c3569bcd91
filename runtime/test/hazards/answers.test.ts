import { afterAll, beforeAll, test } from 'vitest';
import { expectContained, type Hazard } from './contained.ts';
import { HazardWorld } from './hazard-world.ts';

let world: HazardWorld;
beforeAll(async () => {
  world = await HazardWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

const EXCEPTION = ['exception'] as const;

const HAZARDS: readonly Hazard[] = [
  { program: 'deep-recursion', outcomes: EXCEPTION },
  { program: 'deep-recursion-caught', outcomes: ['ok', 'exception', 'exceeded-cpu'] },
  { program: 'recursive-getter', outcomes: EXCEPTION },
  { program: 'json-of-depth', outcomes: ['ok', 'exception'] },
  { program: 'structured-clone-of-depth', outcomes: EXCEPTION },
  { program: 'event-recursion', outcomes: ['ok', 'exception', 'exceeded-cpu'] },
  { program: 'huge-error-message', outcomes: EXCEPTION },
  { program: 'huge-error-name', outcomes: EXCEPTION },
  { program: 'long-cause-chain', outcomes: EXCEPTION },
  { program: 'throws-null', outcomes: EXCEPTION },
  { program: 'throws-symbol', outcomes: EXCEPTION },
  { program: 'throws-circular', outcomes: EXCEPTION },
  { program: 'throws-hostile-proxy', outcomes: EXCEPTION },
  { program: 'throws-huge-bigint', outcomes: EXCEPTION },
  { program: 'revoked-proxy-response', outcomes: ['invalid-response', 'exception'] },
  { program: 'proxied-response', outcomes: ['invalid-response'] },
  { program: 'imitated-response', outcomes: ['invalid-response'] },
  { program: 'ten-thousand-headers', outcomes: EXCEPTION },
  { program: 'megabyte-header', outcomes: EXCEPTION },
  { program: 'two-hundred-headers', outcomes: ['ok'] },
  { program: 'log-flood', outcomes: ['ok'], says: /answered/, limits: { cpuMs: 2_000 } },
  { program: 'log-of-ten-megabytes', outcomes: ['ok'], says: /answered/ },
  { program: 'log-of-hostile-values', outcomes: ['ok'], says: /answered/ },
  { program: 'error-report-flood', outcomes: ['ok'], says: /answered/, limits: { cpuMs: 2_000 } },
];

test.each(HAZARDS)('answers: $program ends with $outcomes and touches nobody else', async (hazard) => {
  await expectContained(world, hazard);
});
