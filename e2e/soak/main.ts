/** `npm run soak [-- --short]`, `npm run soak -- --dev`: what is not short writes its part of docs/soak.md. */
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { makeTemporaryFolder, startPlatform } from '@sovfn/testkit';
import { type Bounds, growths, growthsOfReloads } from './flat.ts';
import { soakReloads } from './reloads.ts';
import { reloadsOf, reportPage, reportReloads, withReloads } from './report.ts';
import { soak } from './soak.ts';

const SHORT = { deploys: 100, calls: 5_000, samples: 2 };
const LONG = { deploys: 10_000, calls: 1_000_000, samples: 10 };
const RELOADS = { reloads: 1_000, samples: 10 };
const LANES = 4;
const CONNECTIONS = 32;
const PAGE = new URL('../../docs/soak.md', import.meta.url);
/** What garbage collectors may leave lying around; a leak of a kilobyte a cycle or of 100 bytes a call shows. */
const BOUNDS: Bounds = { residentMb: 64, handles: 8, subscriptions: 4 };

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    dev: { type: 'boolean', default: false },
    deploys: { type: 'string' },
    calls: { type: 'string' },
  },
});
process.exitCode = (await (values.dev ? soakDev() : soakPlatform())).length === 0 ? 0 : 1;

/** Resolves to what has grown. */
async function soakPlatform(): Promise<string[]> {
  const size = values.short ? SHORT : LONG;
  const deploys = Number(values.deploys ?? size.deploys);
  const calls = Number(values.calls ?? size.calls);
  const startedAt = performance.now();
  await using platform = await startPlatform();
  const samples = await soak(platform, {
    ...size,
    deploys,
    calls,
    lanes: LANES,
    connections: CONNECTIONS,
    onSample: tell,
  });
  const found = growths(samples, BOUNDS);
  const page = reportPage({ samples, minutes: minutesSince(startedAt), growths: found }, new Date());
  if (values.short) process.stdout.write(page);
  else await writeFile(PAGE, withReloads(page, reloadsOf(await readFile(PAGE, 'utf8'))));
  return found;
}

/** Resolves to what has grown. */
async function soakDev(): Promise<string[]> {
  const startedAt = performance.now();
  await using folder = await makeTemporaryFolder('soak-dev');
  const samples = await soakReloads(folder.path, { ...RELOADS, onSample: tell });
  const found = growthsOfReloads(samples);
  const report = reportReloads({ samples, minutes: minutesSince(startedAt), growths: found }, new Date());
  await writeFile(PAGE, withReloads(await readFile(PAGE, 'utf8'), report));
  return found;
}

function tell(sample: object): void {
  process.stderr.write(`${JSON.stringify(sample)}\n`);
}

function minutesSince(startedAt: number): number {
  return (performance.now() - startedAt) / 60_000;
}
