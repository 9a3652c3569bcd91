/** Measures the platform beside others on this machine: `npm run bench`. Tables on stdout, progress on stderr. */
import { relative } from 'node:path';
import { readArguments, USAGE } from './arguments.ts';
import { Interruption, listenForInterruption } from './interruption.ts';
import { ROOT } from './paths.ts';
import { CHARTS, DOCS_FILE, writeDocs } from './report/docs.ts';
import { chartsOf, markdownReport, textReport } from './report/report.ts';
import { readResult, writeResult } from './result/files.ts';
import { runBench, runProfile } from './run.ts';

try {
  await main();
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof Interruption ? error.exitCode : 1;
}

async function main(): Promise<void> {
  const options = readArguments(process.argv.slice(2));
  if (options.wantsHelp) return void process.stdout.write(USAGE);
  if (options.isProfile) return void process.stdout.write(await runProfile(listenForInterruption()));
  const result =
    options.from === null ? await runBench(options, listenForInterruption()) : await readResult(options.from);
  process.stdout.write(textReport(result));
  if (options.from === null) sayWritten(await writeResult(result));
  if (options.writesDocs) {
    await writeDocs(markdownReport(result, CHARTS), chartsOf(result));
    sayWritten(DOCS_FILE);
  }
  if (result.failures.length > 0) process.exitCode = 1;
}

function sayWritten(path: string): void {
  process.stderr.write(`written: ${relative(ROOT, path)}\n`);
}
