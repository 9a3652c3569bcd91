import { expect, test } from 'vitest';
import type { ContenderName } from '../src/contenders/contender.ts';
import { type Run, summarizeRuns } from '../src/measurements/hello-summary.ts';

function runsOf(contender: ContenderName, connections: number, rates: readonly number[]): Run[] {
  return rates.map((requestsPerSecond, i) => {
    const round = i + 1;
    return { contender, connections, round, requestsPerSecond, p50Ms: round, p99Ms: 10 * round, failures: round };
  });
}

test('a line has the medians of its rounds and all their failures', () => {
  const [line] = summarizeRuns(runsOf('koa', 64, [300, 100, 200]));
  expect(line).toEqual({
    contender: 'koa',
    connections: 64,
    requestsPerSecond: 200,
    p50Ms: 2,
    p99Ms: 20,
    failures: 6,
    toWorkerd: null,
    toKoa: 1,
  });
});

test('a ratio compares within each round, so that a slow minute of the machine does not decide it', () => {
  // Twice as fast in every round, while the machine becomes ten times slower.
  const runs = [...runsOf('sovfn', 64, [2_000, 2_000, 200]), ...runsOf('workerd', 64, [1_000, 1_000, 100])];
  expect(summarizeRuns(runs)[0]!.toWorkerd).toBe(2);
});

test('numbers of connections are never mixed', () => {
  const runs = [...runsOf('sovfn', 1, [100]), ...runsOf('workerd', 1, [200]), ...runsOf('sovfn', 64, [500])];
  const lines = summarizeRuns(runs).map(({ contender, connections, toWorkerd }) => [contender, connections, toWorkerd]);
  expect(lines).toEqual([
    ['sovfn', 1, 0.5],
    ['workerd', 1, 1],
    ['sovfn', 64, null],
  ]);
});
