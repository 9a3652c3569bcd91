import { makeTemporaryFolder, startPlatform } from '@sovfn/testkit';
import { expect, test } from 'vitest';
import { growths, growthsOfReloads } from '../flat.ts';
import { soakReloads } from '../reloads.ts';
import { soak } from '../soak.ts';

/** So few rounds leave the collectors little reason to run. */
const BOUNDS = { residentMb: 96, handles: 8, subscriptions: 4 };
const SOAK_MS = 240_000;

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

test(
  'after 60 saves under `sovfn dev`, each of which answered, it holds no more handles or processes than before, and little more memory',
  async () => {
    await using folder = await makeTemporaryFolder('soak-dev');
    const samples = await soakReloads(folder.path, { reloads: 60, samples: 1, onSample: () => undefined });
    expect(growthsOfReloads(samples)).toEqual([]);
    expect(samples.at(-1)).toMatchObject({ reloads: 60 });
  },
  SOAK_MS,
);
