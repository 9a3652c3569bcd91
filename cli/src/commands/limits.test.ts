import { functionLimitsSchema } from '@sovfn/protocol';
import { expect, test } from 'vitest';
import { effectiveLimits } from './limits.ts';

test('every limit is shown with its value and where it comes from', () => {
  const written = { cpuMs: 500, wallMs: 30_000 };
  const shown = effectiveLimits({
    limits: functionLimitsSchema.parse(written),
    isWritten: (limit) => Object.hasOwn(written, limit),
  });
  expect(shown).toEqual([
    { limit: 'cpuMs', value: 500, from: 'config' },
    { limit: 'wallMs', value: 30_000, from: 'config' },
    { limit: 'memoryMb', value: 128, from: 'default' },
    { limit: 'concurrency', value: 100, from: 'default' },
    { limit: 'bodyMb', value: 6, from: 'default' },
    { limit: 'startupMs', value: 1_000, from: 'default' },
    { limit: 'waitUntilMs', value: 30_000, from: 'default' },
    { limit: 'subrequests', value: 50, from: 'default' },
    { limit: 'wasmMemoryMb', value: 0, from: 'default' },
    { limit: 'logKb', value: 256, from: 'default' },
    { limit: 'sliceMs', value: 5_000, from: 'platform' },
    { limit: 'urlKb', value: 16, from: 'platform' },
    { limit: 'headKb', value: 64, from: 'platform' },
    { limit: 'headers', value: 100, from: 'platform' },
    { limit: 'logLineKb', value: 16, from: 'platform' },
    { limit: 'bundleMb', value: 10, from: 'platform' },
  ]);
});
