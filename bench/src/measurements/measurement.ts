import type { z } from 'zod';
import type { Bench } from '../bench.ts';
import type { Table } from '../report/table.ts';

interface Definition<Schema extends z.ZodType> {
  readonly name: string;
  /** Of what the results file holds. */
  readonly schema: Schema;
  readonly measure: (bench: Bench) => Promise<z.output<Schema>>;
  readonly tables: (result: z.output<Schema>) => readonly Table[];
}

export interface Measurement {
  readonly name: string;
  /** Starts what it needs, measures, and leaves nothing running. */
  readonly measure: (bench: Bench) => Promise<unknown>;
  /** Shows a result of `measure`, which may come from a file. Throws ZodError for anything else. */
  readonly tables: (result: unknown) => readonly Table[];
}

export function defineMeasurement<Schema extends z.ZodType>(of: Definition<Schema>): Measurement {
  return { name: of.name, measure: of.measure, tables: (result) => of.tables(of.schema.parse(result)) };
}
