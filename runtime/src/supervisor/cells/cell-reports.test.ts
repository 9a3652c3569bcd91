import { expect, test } from 'vitest';
import { CELL_LIFE, wearOf } from './cell-life.ts';
import { CellReports, type CellStats } from './cell-reports.ts';

const STATS: CellStats = { v: 1, type: 'stats', inFlight: 0, isolates: 1, isolatesMade: 2, versions: [] };
const ROOM = { rssMb: 100, budgetMb: 256 };
const FULL = { rssMb: 210, budgetMb: 256 };

test('a cell that holds 80 % of its memory for ten reports in a row is worn, and not before', () => {
  const reports = new CellReports();
  for (let second = 0; second < CELL_LIFE.fullSeconds - 1; second++) reports.onStats(STATS, FULL);
  expect(wearOf({ reports }, CELL_LIFE)).toBeNull();
  reports.onStats(STATS, ROOM);
  for (let second = 0; second < CELL_LIFE.fullSeconds - 1; second++) reports.onStats(STATS, FULL);
  expect(wearOf({ reports }, CELL_LIFE)).toBeNull();
  reports.onStats(STATS, FULL);
  expect(wearOf({ reports }, CELL_LIFE)).toBe('memory');
});

test('a cell that has made 2,000 isolates is worn', () => {
  const reports = new CellReports();
  reports.onStats({ ...STATS, isolatesMade: 1_999 }, ROOM);
  expect(wearOf({ reports }, CELL_LIFE)).toBeNull();
  reports.onStats({ ...STATS, isolatesMade: 2_000 }, ROOM);
  expect(wearOf({ reports }, CELL_LIFE)).toBe('isolates');
});

test('a cell that has started ten million calls is worn, whatever versions they were of', () => {
  const reports = new CellReports();
  const [one, other] = ['a'.repeat(64), 'b'.repeat(64)];
  const report = (...versions: readonly (readonly [string, number])[]) =>
    reports.onStats(
      {
        ...STATS,
        versions: versions.map(([version, calls]) => ({
          function: 'f',
          version,
          calls,
          cpuUs: 0,
          idleMs: 0,
          heldMb: 0,
        })),
      },
      ROOM,
    );
  report([one, 4_000_000]);
  report([one, 6_000_000], [other, 1_000_000]);
  report([other, 2_000_000]);
  expect([reports.callsStarted, wearOf({ reports }, CELL_LIFE)]).toEqual([8_000_000, null]);
  report([other, 500_000]);
  report([other, 1_999_999]);
  expect(wearOf({ reports }, CELL_LIFE)).toBeNull();
  report([other, 2_000_000]);
  expect(wearOf({ reports }, CELL_LIFE)).toBe('calls');
});

test('calls placed since the last report count as in flight, and are unclaimed for two reports', () => {
  const reports = new CellReports();
  reports.onStats({ ...STATS, inFlight: 3 }, ROOM);
  reports.onPlaced('_R.gw.fr.main.1');
  expect(reports.inFlight).toBe(4);
  reports.onStats(STATS, ROOM);
  reports.onStats(STATS, ROOM);
  expect(reports.inFlight).toBe(0);
  expect(reports.unclaimed).toEqual(['_R.gw.fr.main.1']);
  reports.onStats(STATS, ROOM);
  expect(reports.unclaimed).toEqual([]);
});
