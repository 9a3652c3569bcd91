/** Runs the Web Platform Tests: `npm run wpt`. Table on stdout, progress on stderr; exit code 1 when anything surprises. */
import { readArguments, USAGE } from './arguments.ts';
import { updateExpectations, writeExpectations } from './expect/expectations.ts';
import { DOCS_FILE, writeDocs } from './report/docs.ts';
import { areaLine, failureLines, surpriseLines } from './report/text.ts';
import { type AreaResult, runArea } from './run/area.ts';
import { provideSuite } from './suite/provide.ts';

const PROCESSES = 2;

try {
  await main();
} catch (error) {
  process.stderr.write(`wpt: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const options = readArguments(process.argv.slice(2));
  if (options.wantsHelp) return void process.stdout.write(USAGE);
  const suite = await provideSuite(process.env, say);
  const results: AreaResult[] = [];
  for (const { name } of options.areas) {
    const result = await runArea(suite, name, { processes: PROCESSES });
    results.push(result);
    process.stdout.write(`${areaLine(result)}\n`);
    if (options.shows) process.stdout.write(failureLines(result.pages));
    if (options.updates) await writeExpectations(name, updateExpectations(result.expectations, result.pages));
    else process.stdout.write(surpriseLines(result.surprises));
  }
  if (options.isWhole) {
    await writeDocs(results);
    say(`written: ${DOCS_FILE}`);
  }
  const isSurprising = results.some(({ surprises }) => surprises.length > 0);
  if (isSurprising && !options.updates) process.exitCode = 1;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
