/**
 * `npm run faults [-- --seed 1 --rounds 20 --events 1000 --faults 6]`: rounds of storms on one platform. The full run
 * writes its result to docs/faults.md.
 */
import { writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { startPlatform } from '@sovfn/testkit';
import { deployStorm, storm, type StormResult } from './storm.ts';

const PAGE = new URL('../../docs/faults.md', import.meta.url);
const FULL_ROUNDS = 20;

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
if (rounds >= FULL_ROUNDS) await writeFile(PAGE, page());
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

function page(): string {
  return `# Faults

What happens to accepted events while parts of the platform are killed with SIGKILL. \`npm run faults\` runs ${FULL_ROUNDS}
rounds of 1,000 events on the machine at hand and writes this page; \`--seed\` and \`--rounds\` repeat one. A short storm with
each fault is part of the tests.

In a round events come by asynchronous calls and by webhooks, each sent until it is accepted. A tenth of them fails at the
first attempt, a tenth throws, some are slow, and a twentieth can only become dead letters. Meanwhile parts are killed, as the
seed says. A ledger of its own reads each record as it is written, and afterwards the streams and the object store: every
accepted event must have ended once, as the function answers, with its output or its dead letter.

## Last run

${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}: ${wrong === 0 ? 'nothing was lost, and nothing ended twice' : `${wrong} rounds were not as they must be`}.

| seed | killed, in this order | accepted | sent again | succeeded | dead letters | pending | lost | twice | wrong end | seconds |
|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|
${results.map((result, index) => row(Number(values.seed) + index, result)).join('\n')}
`;
}
