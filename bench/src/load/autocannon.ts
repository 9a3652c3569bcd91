/** autocannon: in a Node process of its own. It counts latencies in whole milliseconds, so short ones read as 0. */
import { createRequire } from 'node:module';
import { z } from 'zod';
import { runProgram } from '../processes/run-program.ts';
import type { Load, LoadGenerator, LoadResult } from './load-generator.ts';

const require = createRequire(import.meta.url);
/** For starting, and for the last answers. Milliseconds. */
const GRACE_MS = 20_000;

const reportSchema = z.object({
  requests: z.object({ average: z.number() }),
  latency: z.object({ p50: z.number(), p99: z.number() }),
  errors: z.int(),
  non2xx: z.int(),
});

export function makeAutocannon(): LoadGenerator {
  const { version } = z.object({ version: z.string() }).parse(require('autocannon/package.json'));
  return { name: `autocannon ${version} (latency in whole milliseconds)`, run: runAutocannon };
}

async function runAutocannon(url: string, { connections, seconds, signal, body }: Load): Promise<LoadResult> {
  const program = require.resolve('autocannon/autocannon.js');
  const posting =
    body === undefined ? [] : ['--method', 'POST', '--headers', 'content-type=application/json', '--body', body];
  const args = [
    program,
    '--json',
    '--connections',
    String(connections),
    '--duration',
    String(seconds),
    ...posting,
    url,
  ];
  return parseAutocannonReport(
    await runProgram(process.execPath, args, { limitMs: seconds * 1_000 + GRACE_MS, signal }),
  );
}

/** Reads what `autocannon --json` prints. Throws when it is something else. */
export function parseAutocannonReport(report: string): LoadResult {
  const { requests, latency, errors, non2xx } = reportSchema.parse(JSON.parse(report));
  return { requestsPerSecond: requests.average, p50Ms: latency.p50, p99Ms: latency.p99, failures: errors + non2xx };
}
