import { z } from 'zod';
import { CONTENDERS, type ContenderName } from '../contenders/contender.ts';
import { median, medianRatio } from '../statistics.ts';

const figures = { requestsPerSecond: z.number(), p50Ms: z.number(), p99Ms: z.number(), failures: z.int() };
const whose = { contender: z.enum(CONTENDERS), connections: z.int() };

/** One contender in one round. */
export const runSchema = z.strictObject({ ...whose, round: z.int(), ...figures });
export type Run = z.output<typeof runSchema>;

/** Medians of all rounds, failures of all rounds together. A ratio is null when the other one was not measured. */
export const summarySchema = z.strictObject({
  ...whose,
  ...figures,
  toWorkerd: z.number().nullable(),
  toKoa: z.number().nullable(),
});
export type Summary = z.output<typeof summarySchema>;

/** One line for each contender and number of connections, in the order of CONTENDERS. */
export function summarizeRuns(runs: readonly Run[]): Summary[] {
  const groups = Map.groupBy(runs, ({ connections }) => connections);
  return [...groups.values()].flatMap((group) => {
    const names = CONTENDERS.filter((name) => group.some(({ contender }) => contender === name));
    return names.map((name) => summarize(name, group));
  });
}

/** `group`: every contender's runs with the same number of connections. */
function summarize(contender: ContenderName, group: readonly Run[]): Summary {
  const own = group.filter((run) => run.contender === contender);
  const medianOf = (key: keyof typeof figures): number => median(own.map((run) => run[key]));
  return {
    contender,
    connections: own[0]!.connections,
    requestsPerSecond: medianOf('requestsPerSecond'),
    p50Ms: medianOf('p50Ms'),
    p99Ms: medianOf('p99Ms'),
    failures: own.reduce((sum, { failures }) => sum + failures, 0),
    toWorkerd: ratio(own, group, 'workerd'),
    toKoa: ratio(own, group, 'koa'),
  };
}

/** Of requests/s. */
function ratio(own: readonly Run[], group: readonly Run[], to: ContenderName): number | null {
  const others = group.filter(({ contender }) => contender === to);
  return medianRatio(own, others, ({ requestsPerSecond }) => requestsPerSecond);
}
