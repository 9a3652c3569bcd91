import { z } from 'zod';
import { machineSchema } from '../machine.ts';

/** What one run of the benchmark found: the content of a results file. */
export const resultSchema = z.strictObject({
  v: z.literal(1),
  startedAt: z.iso.datetime(),
  mode: z.enum(['full', 'quick']),
  commit: z.string().nullable(),
  machine: machineSchema,
  loadGenerator: z.string(),
  /** Versions of what is measured beside the platform. Null: this machine has none. */
  workerd: z.string().nullable(),
  deno: z.string().nullable().default(null),
  bun: z.string().nullable().default(null),
  /** By name of the measurement, which knows what is in it. */
  measurements: z.record(z.string(), z.unknown()),
  /** Measurements that failed, and why. */
  failures: z.array(z.strictObject({ measurement: z.string(), reason: z.string() })),
});
export type Result = z.output<typeof resultSchema>;
