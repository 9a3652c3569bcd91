import { availableParallelism, cpus, release, totalmem } from 'node:os';
import type { Sample } from './sample.ts';

export interface SoakReport {
  readonly samples: readonly Sample[];
  readonly minutes: number;
  /** What has grown; empty when everything was flat. */
  readonly growths: readonly string[];
}

/** The page `docs/soak.md`. */
export function reportPage({ samples, minutes, growths }: SoakReport, date: Date): string {
  const last = samples.at(-1)!;
  const verdict = growths.length === 0 ? 'Everything was flat.' : growths.map((growth) => `- ${growth}`).join('\n');
  return `# Soak

What the platform holds after many deploys and calls: it must not grow. \`npm run soak\` runs it on the machine at hand and
writes this page; \`npm run soak -- --short\` takes about a minute, and is part of the tests.

A cycle deploys a function of a new name, calls it, and deletes it, so that the node loads it and lets go of it again; four
cycles go on side by side. Then 32 callers call one function again and again. The first row was taken after a tenth of all
that, so that everything had been used. Before each row the connections are closed, and the node says that it holds one
version only. A cell is replaced after 2,000 isolates, with nothing lost ([sandbox.md](sandbox.md)).

## Last run

${date.toISOString().slice(0, 10)}: ${number(last.deploys)} deploy/evict cycles and ${number(last.calls)} calls in ${Math.round(minutes)} minutes. ${machine()}

${verdict}

| cycles | calls | gateway MiB | handles | supervisor MiB | handles | cells MiB | handles | subscriptions | cells replaced |
|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
${samples.map(row).join('\n')}
`;
}

function row({ deploys, calls, gateway, node, cells, subscriptions, replacedCells }: Sample): string {
  const parts = [gateway, node, cells].flatMap((part) => [part.residentMb, part.handles]);
  return `| ${[deploys, calls, ...parts, subscriptions, replacedCells].map(number).join(' | ')} |`;
}

function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const memoryGb = Math.round(totalmem() / 2 ** 30);
  return `${availableParallelism()} × ${model}, ${memoryGb} GiB, Linux ${release()}, Node ${process.versions.node}.`;
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
