import { isBusy } from '../machine.ts';
import { MEASUREMENTS } from '../measurements/index.ts';
import type { Result } from '../result/result.ts';
import { markdownTable, type Table, textTable } from './table.ts';

export function textReport(result: Result): string {
  const failures = result.failures.map(({ measurement, reason }) => `${measurement} failed: ${reason}`);
  return [...tablesOf(result).map(textTable), ...failures, ...describe(result)].join('\n\n').concat('\n');
}

export function markdownReport(result: Result): string {
  return [...describe(result), ...tablesOf(result).map(markdownTable)].join('\n\n');
}

function tablesOf({ measurements }: Result): Table[] {
  return MEASUREMENTS.flatMap(({ name, tables }) => (name in measurements ? tables(measurements[name]) : []));
}

/** Where the figures come from, and whether to believe them. */
function describe({ startedAt, commit, machine, loadGenerator, workerd, deno, bun, mode }: Result): string[] {
  const memoryGb = Math.round(machine.memoryBytes / 1_000_000_000);
  const where = `${machine.cpus} processors (${machine.cpu}), ${memoryGb} GB, ${machine.platform} ${machine.kernel}`;
  const others = Object.entries({ workerd, deno, bun }).map(([name, version]) => `${name} ${version ?? 'not there'}`);
  const what = [`Node ${machine.node}`, ...others, loadGenerator].join(', ');
  const text = [`Measured on ${startedAt.slice(0, 10)}, commit ${commit ?? 'unknown'}: ${where}; ${what}.`];
  if (mode === 'quick') text.push('A quick run: it shows that everything works, its figures are noise.');
  if (isBusy(machine)) {
    const load = machine.loadBefore.toFixed(1);
    text.push(
      `The machine was busy before the run (load ${load} on ${machine.cpus} processors): do not trust its figures.`,
    );
  }
  return text;
}
