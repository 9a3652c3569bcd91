/** `npm run soak [-- --short]`: the long one writes its result to docs/soak.md. */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { startPlatform } from '@sovfn/testkit';
import { type Bounds, growths } from './flat.ts';
import { reportPage } from './report.ts';
import { soak } from './soak.ts';

const SHORT = { deploys: 100, calls: 5_000, samples: 2 };
const LONG = { deploys: 10_000, calls: 1_000_000, samples: 10 };
const LANES = 4;
const CONNECTIONS = 32;
const PAGE = new URL('../../docs/soak.md', import.meta.url);
/** What garbage collectors may leave lying around; a leak of a kilobyte a cycle or of 100 bytes a call shows. */
const BOUNDS: Bounds = { residentMb: 64, handles: 8, subscriptions: 4 };

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    deploys: { type: 'string' },
    calls: { type: 'string' },
  },
});
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
  onSample: (sample) => process.stderr.write(`${JSON.stringify(sample)}\n`),
});
const found = growths(samples, BOUNDS);
const minutes = (performance.now() - startedAt) / 60_000;
const page = reportPage({ samples, minutes, growths: found }, new Date());
if (values.short) process.stdout.write(page);
else await writeFile(PAGE, page);
process.exitCode = found.length === 0 ? 0 : 1;
