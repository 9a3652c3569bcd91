import { startPlatform } from '@sovfn/testkit';
import { expect, test } from 'vitest';
import { growths } from '../flat.ts';
import { soak } from '../soak.ts';

/** So few rounds leave the collectors little reason to run. */
const BOUNDS = { residentMb: 96, handles: 8, subscriptions: 4 };
const SOAK_MS = 120_000;

test(
  'after 100 deploys and evictions and 5,000 calls, memory, handles and subscriptions are as before',
  async () => {
    await using platform = await startPlatform();
    const samples = await soak(platform, {
      deploys: 100,
      calls: 5_000,
      lanes: 4,
      connections: 16,
      samples: 1,
      onSample: () => undefined,
    });
    expect(growths(samples, BOUNDS)).toEqual([]);
    expect(samples.at(-1)).toMatchObject({ deploys: 100, calls: 5_000 });
  },
  SOAK_MS,
);
