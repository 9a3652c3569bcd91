import { isBusy } from '../machine.ts';
import { MEASUREMENTS } from '../measurements/index.ts';
import type { Measurement } from '../measurements/measurement.ts';
import type { Result } from '../result/result.ts';
import type { BarChart } from './bar-chart.ts';
import { type Bar, barsTable } from './bars.ts';
import { markdownTable, type Table, textTable } from './table.ts';

export function textReport(result: Result): string {
  return [...tablesOf(result).map(textTable), ...failuresOf(result), ...describe(result)].join('\n\n').concat('\n');
}

/** `charts` names the folder that they are in, as the document reaches it. */
export function markdownReport(result: Result, charts: string): string {
  const parts = [...describe(result), ...failuresOf(result), markdownTable(barsTable(barsOf(result)))];
  for (const { name, tables, charts: chartsOf } of measured(result)) {
    const found = result.measurements[name];
    for (const chart of chartsOf(found)) parts.push(`![${chart.title}](${charts}/${chart.name}.svg)`);
    parts.push(...tables(found).map(markdownTable));
  }
  return parts.join('\n\n');
}

export function chartsOf(result: Result): BarChart[] {
  return measured(result).flatMap(({ name, charts }) => charts(result.measurements[name]));
}

function tablesOf(result: Result): Table[] {
  const tables = measured(result).flatMap((measurement) => measurement.tables(result.measurements[measurement.name]));
  const bars = barsOf(result);
  return bars.length === 0 ? tables : [...tables, barsTable(bars)];
}

function failuresOf({ failures }: Result): string[] {
  return failures.map(({ measurement, reason }) => `${measurement} failed: ${reason}`);
}

function barsOf(result: Result): Bar[] {
  return measured(result).flatMap(({ name, bars }) => bars(result.measurements[name]));
}

function measured({ measurements }: Result): Measurement[] {
  return MEASUREMENTS.filter(({ name }) => name in measurements);
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
