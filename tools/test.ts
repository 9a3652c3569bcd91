/**
 * `npm test`: types, lint, formatting, the direction of imports, then every test, with the real servers. Ends with the
 * line `N passed, N failed[, N skipped]`, where a failed check counts as one failure.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provideServer, type ServerProgress } from 'sovfn/servers';
import { z } from 'zod';
import { run } from './run.ts';

const reportSchema = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numFailedTestSuites: z.int(),
});

const CHECKS: readonly [name: string, program: string, args: readonly string[]][] = [
  [
    'types and lint',
    'turbo',
    ['run', 'typecheck', 'lint', '--concurrency=2', '--continue', '--output-logs=errors-only'],
  ],
  ['formatting', 'prettier', ['--check', '--log-level=warn', '.']],
  ['direction of imports', 'node', ['tools/check-deps.ts']],
];

let failed = 0;
await provideServer('nats-server', { onProgress: showProgress });
await provideServer('minio', { onProgress: showProgress });
const isWhole = process.argv.length === 2;
if (isWhole) {
  for (const [name, program, args] of CHECKS) {
    process.stdout.write(`· ${name}\n`);
    if ((await run(program, args)) === 0) continue;
    failed++;
    process.stdout.write(`✘ ${name}\n`);
  }
}
const tests = await runTests(process.argv.slice(2));
failed += tests.failed;
const skipped = tests.skipped === 0 ? '' : `, ${tests.skipped} skipped`;
process.stdout.write(`${tests.passed} passed, ${failed} failed${skipped}\n`);
process.exitCode = failed === 0 && tests.passed > 0 ? 0 : 1;

async function runTests(filters: readonly string[]): Promise<{ passed: number; failed: number; skipped: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'sovfn-test-'));
  try {
    const file = join(folder, 'report.json');
    const code = await run('vitest', [
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
      ...filters,
    ]);
    const report = reportSchema.parse(JSON.parse(await readFile(file, 'utf8')));
    const failedTests = Math.max(report.numFailedTests, report.numFailedTestSuites > 0 || code !== 0 ? 1 : 0);
    return { passed: report.numPassedTests, failed: failedTests, skipped: report.numPendingTests };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function showProgress(event: ServerProgress): void {
  if (event.type === 'building' && event.packages % 50 === 1) {
    process.stdout.write(`· ${event.server}: building, ${event.packages} packages so far\n`);
  }
}
