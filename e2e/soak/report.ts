import { availableParallelism, cpus, release, totalmem } from 'node:os';
import type { ReloadSample } from './reloads.ts';
import type { Sample } from './sample.ts';

export interface SoakReport<Of = Sample> {
  readonly samples: readonly Of[];
  readonly minutes: number;
  /** What has grown; empty when everything was flat. */
  readonly growths: readonly string[];
}

const RELOADS_HEADING = '## Saves under `sovfn dev`';

/** The page `docs/soak.md`, without what was saved under `sovfn dev`. */
export function reportPage({ samples, minutes, growths }: SoakReport, date: Date): string {
  const last = samples.at(-1)!;
  return `# Soak

What the platform holds after many deploys and calls: it must not grow. \`npm run soak\` runs it on the machine at hand and
writes this page; \`npm run soak -- --short\` takes about a minute, and is part of the tests.

A cycle deploys a function of a new name, calls it, and deletes it, so that the node loads it and lets go of it again; four
cycles go on side by side. Then 32 callers call one function again and again. The first row was taken after a tenth of all
that, so that everything had been used. Before each row the connections are closed, and the node says that it holds one
version only. A cell is replaced after 2,000 isolates, with nothing lost ([sandbox.md](sandbox.md)).

## Last run

${date.toISOString().slice(0, 10)}: ${number(last.deploys)} deploy/evict cycles and ${number(last.calls)} calls in ${Math.round(minutes)} minutes. ${machine()}

${verdictOn(growths)}

| cycles | calls | gateway MiB | handles | supervisor MiB | handles | cells MiB | handles | subscriptions | cells replaced |
|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
${samples.map(row).join('\n')}
`;
}

/** The last part of the page: what was saved under `sovfn dev`. */
export function reportReloads({ samples, minutes, growths }: SoakReport<ReloadSample>, date: Date): string {
  return `${RELOADS_HEADING}

\`npm run soak -- --dev\` writes this part. A function is saved again and again, and called each time until what was saved answers; a short
run is part of the tests. "Platform" is gateway, supervisor and cells, "servers" are NATS and the object store, which have caches of their own and are not judged by their
memory. What processes share is counted in each. Flat means: at most 192 MiB and 16 handles more at the end than at the first look, in each of
the others; a leak of less than 0.2 MiB a save would not show.

${date.toISOString().slice(0, 10)}: ${number(samples.at(-1)!.reloads)} reloads in ${Math.round(minutes)} minutes. ${machine()}

${verdictOn(growths)}

| reloads | command MiB | handles | platform MiB | handles | servers MiB | handles | processes |
|---:|---:|---:|---:|---:|---:|---:|---:|
${samples.map(reloadRow).join('\n')}
`;
}

/** The page with that part in place of the one that it has. */
export function withReloads(page: string, reloads: string): string {
  const [others] = page.split(RELOADS_HEADING, 1);
  return [others!.trimEnd(), reloads]
    .filter((part) => part !== '')
    .join('\n\n')
    .replace(/\n*$/, '\n');
}

/** That part of a page; empty when it has none. */
export function reloadsOf(page: string): string {
  const at = page.indexOf(RELOADS_HEADING);
  return at === -1 ? '' : page.slice(at);
}

function verdictOn(growths: readonly string[]): string {
  return growths.length === 0 ? 'Everything was flat.' : growths.map((growth) => `- ${growth}`).join('\n');
}

function reloadRow({ reloads, command, platform, servers, processes }: ReloadSample): string {
  const parts = [command, platform, servers].flatMap((part) => [part.residentMb, part.handles]);
  return `| ${[reloads, ...parts, processes].map(number).join(' | ')} |`;
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
