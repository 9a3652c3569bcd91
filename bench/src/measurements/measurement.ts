import type { z } from 'zod';
import type { Bench } from '../bench.ts';
import type { BarChart } from '../report/bar-chart.ts';
import type { Bar } from '../report/bars.ts';
import type { Table } from '../report/table.ts';

/** What may be shown of a result. */
interface Shown<Result> {
  readonly tables: (result: Result) => readonly Table[];
  readonly bars: (result: Result) => readonly Bar[];
  readonly charts: (result: Result) => readonly BarChart[];
}

interface Definition<Schema extends z.ZodType> extends Partial<Shown<z.output<Schema>>> {
  readonly name: string;
  /** Of what the results file holds. */
  readonly schema: Schema;
  readonly measure: (bench: Bench) => Promise<z.output<Schema>>;
  readonly tables: Shown<z.output<Schema>>['tables'];
}

/** Shows a result of `measure`, which may come from a file. Throws ZodError for anything else. */
export interface Measurement extends Shown<unknown> {
  readonly name: string;
  /** Starts what it needs, measures, and leaves nothing running. */
  readonly measure: (bench: Bench) => Promise<unknown>;
}

export function defineMeasurement<Schema extends z.ZodType>(of: Definition<Schema>): Measurement {
  return {
    name: of.name,
    measure: of.measure,
    tables: (result) => of.tables(of.schema.parse(result)),
    bars: (result) => of.bars?.(of.schema.parse(result)) ?? [],
    charts: (result) => of.charts?.(of.schema.parse(result)) ?? [],
  };
}
