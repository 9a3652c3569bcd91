/**
 * `npm run faults [-- --seed 1 --rounds 20 --events 1000 --faults 6]`: rounds of storms on one platform. The full run
 * writes its result into docs/faults.md.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { startPlatform } from '@sovfn/testkit';
import { storm, type StormResult } from './storm.ts';
import { deployStorm } from './storm-functions.ts';

const PAGE = new URL('../../docs/faults.md', import.meta.url);
const FULL_ROUNDS = 20;
const BEGIN = '<!-- last run: begin (npm run faults) -->';
const END = '<!-- last run: end -->';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    rounds: { type: 'string', default: String(FULL_ROUNDS) },
    events: { type: 'string', default: '1000' },
    faults: { type: 'string', default: '6' },
  },
});
const rounds = Number(values.rounds);
const events = Number(values.events);

await using platform = await startPlatform();
await deployStorm(platform);
const results: StormResult[] = [];
for (let round = 0; round < rounds; round++) {
  const seed = Number(values.seed) + round;
  const result = await storm(platform, { seed, events, faults: Number(values.faults) });
  results.push(result);
  process.stdout.write(`${row(seed, result)}\n`);
}
const wrong = results.filter((result) => problemsOf(result) > 0).length;
process.stdout.write(`${rounds - wrong} of ${rounds} rounds without a fault of ours\n`);
if (rounds >= FULL_ROUNDS) await writeFile(PAGE, page(await readFile(PAGE, 'utf8')));
process.exitCode = wrong === 0 ? 0 : 1;

function problemsOf({ lost, doubled, pending, wrongEnds, twice }: StormResult): number {
  return lost.length + doubled.length + pending.length + wrongEnds.length + twice.length;
}

function row(seed: number, result: StormResult): string {
  const { accepted, faults, refused, ended, lost, doubled, pending, wrongEnds, twice, seconds } = result;
  const succeeded = [...ended.values()].filter((state) => state === 'succeeded').length;
  const cells = [seed, faults.join(' '), accepted, refused, succeeded, ended.size - succeeded, pending.length];
  return `| ${[...cells, lost.length, doubled.length + twice.length, wrongEnds.length, Math.round(seconds)].join(' | ')} |`;
}

/** The page with another last run. */
function page(before: string): string {
  const [head, rest] = before.split(BEGIN) as [string, string];
  const [, tail] = rest.split(END) as [string, string];
  return `${head}${BEGIN}

${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}: ${wrong === 0 ? 'nothing was lost, and nothing ended twice' : `${wrong} rounds were not as they must be`}.

| seed | killed, in this order | accepted | sent again | succeeded | other ends | pending | lost | twice | wrong end | seconds |
|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|
${results.map((result, index) => row(Number(values.seed) + index, result)).join('\n')}

${END}${tail}`;
}
