import { availableParallelism, cpus, release } from 'node:os';
import { CONTROL } from '../corpus.ts';
import type { Measured } from './measure.ts';

/** Part by which a neighbour's p99 may grow while a hazard runs. */
export const RATIO_BOUND = 1.2;

export function ratioOf({ alone, during }: Measured): number {
  return during.p99 / alone.p99;
}

/** The page `docs/hazards.md`. */
export function hazardsPage(results: readonly Measured[], loadBefore: number, date: Date): string {
  const hazards = results.filter(({ program }) => program !== CONTROL.program);
  const control = results.find(({ program }) => program === CONTROL.program);
  const ratios = hazards.map(ratioOf).toSorted((a, b) => a - b);
  const within = ratios.filter((ratio) => ratio <= RATIO_BOUND).length;
  const replaced = hazards.flatMap(({ replacedMs }) => (replacedMs === null ? [] : [replacedMs]));
  return `# Hazards

What a tenant's neighbour notices of code gone wrong. \`npm run hazards\` runs each program of
\`runtime/test/hazards/programs\` in a tenant of its own, again and again for some seconds, while a second tenant's function
is called one call after the other by a process of its own, and writes this page. "Alone" is as long before and after that together.
Whoever calls the hazards comes after all others on the processors, as if it were on another machine. The last row is no
hazard: a function that says hello, called in the same way, is what any neighbour costs, since both share a gateway and two processors.
The tests run each of them once and assert what does not depend on the machine: how it ends, that the neighbour is
answered, that the next call works, that memory comes back. How a cell is kept from taking the processors: [sandbox.md](sandbox.md).

${date.toISOString().slice(0, 10)}: ${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, Linux ${release()}, Node ${process.versions.node}; load before the run ${loadBefore.toFixed(1)}.

- The neighbour's p99 stayed within ${RATIO_BOUND} × of what it was alone in ${within} of ${hazards.length} hazards; the median ratio is ${number(ratios[Math.floor(ratios.length / 2)] ?? 0)}. Beside the function that says hello it is ${control === undefined ? 'not measured' : number(ratioOf(control))}.
- ${replaced.length} hazards took their cell with them; the function answered again after ${Math.round(Math.max(0, ...replaced))} ms at most.

| hazard | ends with | calls | neighbour p50 / p99 alone, ms | during, ms | p99 ratio | cell replaced, ms | cell MiB before / after |
|---|---|---:|---:|---:|---:|---:|---:|
${results.map(row).join('\n')}
`;
}

function row(result: Measured): string {
  const { program, outcomes, calls, alone, during, replacedMs, rssBeforeMb, rssAfterMb } = result;
  const cells = [
    program,
    outcomes.join(', '),
    String(calls),
    `${number(alone.p50)} / ${number(alone.p99)}`,
    `${number(during.p50)} / ${number(during.p99)}`,
    number(ratioOf(result)),
    replacedMs === null ? '–' : String(Math.round(replacedMs)),
    `${Math.round(rssBeforeMb)} / ${Math.round(rssAfterMb)}`,
  ];
  return `| ${cells.join(' | ')} |`;
}

function number(value: number): string {
  return value.toFixed(2);
}
