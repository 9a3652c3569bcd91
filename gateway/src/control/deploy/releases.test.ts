import {
  functionConfigSchema,
  KEPT_PREVIEWS,
  KEPT_VERSIONS,
  type FunctionRecord,
  type Rollback,
} from '@sovfn/protocol';
import { expect, test } from 'vitest';
import { addPreview, endSplit, isOlder, makeCurrent, rollBack, startSplit, versionBefore } from './releases.ts';

const ASKED: Rollback = { at: '2026-11-24T12:00:00.000Z', reason: 'asked', detail: null };

const release = (n: number) => {
  const { $schema: _, ...config } = functionConfigSchema.parse({ name: 'invoice', main: 'index.ts' });
  const version = n.toString(16).padStart(64, '0');
  return { version, manifest: { v: 1, config, bundleSha256: version, bundleBytes: 1 }, namedZone: null } as const;
};
const splitWith = (n: number) => ({
  version: release(n).version,
  percent: 10,
  key: { by: 'address' } as const,
  startedAt: '2026-11-24T11:00:00.000Z',
  watchedUntil: null,
});
/** Deploys versions 1 … n, one after the other. */
const deployed = (...numbers: number[]): FunctionRecord =>
  numbers.reduce<FunctionRecord | null>((record, n) => makeCurrent('main', record, release(n)), null)!;
const numberOf = (version: string): number => Number.parseInt(version, 16);
const current = (record: FunctionRecord): number => numberOf(record.current);
const kept = (record: FunctionRecord): number[] => record.versions.map(({ version }) => numberOf(version));
const back = (record: FunctionRecord): FunctionRecord =>
  rollBack(record, release(numberOf(versionBefore(record)!.version)), ASKED);

test('rolling back again goes further back, not forward to what was taken back', () => {
  const once = back(deployed(1, 2, 3));
  expect(current(once)).toBe(2);
  const twice = back(once);
  expect(current(twice)).toBe(1);
  expect(versionBefore(twice)).toBeNull();
  expect(kept(twice)).toEqual([3, 2, 1]);
});

test('after a deploy that follows a rollback, rolling back goes to what answered before it', () => {
  const record = makeCurrent('main', back(deployed(1, 2, 3)), release(4));
  expect(current(back(record))).toBe(2);
});

test('rolling back past a version takes that one back too', () => {
  const far = rollBack(deployed(1, 2, 3), release(1), ASKED);
  const record = makeCurrent('main', far, release(4));
  expect(current(back(record))).toBe(1);
});

test('a version that was taken back and is deployed again counts as any other', () => {
  const record = makeCurrent('main', back(deployed(1, 2)), release(2));
  expect(current(record)).toBe(2);
  expect(current(back(makeCurrent('main', record, release(3))))).toBe(2);
});

test('a preview is nothing to roll back to', () => {
  const record = addPreview(deployed(1), release(2));
  expect(current(record)).toBe(1);
  expect(versionBefore(makeCurrent('main', record, release(3)))).toMatchObject({ version: release(1).version });
  expect(isOlder(record, release(2).version)).toBe(false);
});

test('the time of a record grows with each change of its current version, whatever the clock says', () => {
  const before = { ...deployed(1), deployedAt: '2999-01-01T00:00:00.000Z' };
  expect(makeCurrent('main', before, release(2)).deployedAt).toBe('2999-01-01T00:00:00.001Z');
  expect(back({ ...deployed(1, 2), deployedAt: '2999-01-01T00:00:00.000Z' }).deployedAt).toBe(
    '2999-01-01T00:00:00.001Z',
  );
});

test('a deploy and a rollback end a split; ending it with a reason is remembered', () => {
  const split = startSplit(addPreview(deployed(1, 2), release(3)), splitWith(3));
  expect(makeCurrent('main', split, release(4)).split).toBeNull();
  expect(back(split)).toMatchObject({ split: null, current: release(1).version });
  const ended = endSplit(split, ASKED);
  expect(ended).toMatchObject({ split: null, current: release(2).version });
  expect(ended.versions.find(({ version }) => version === release(3).version)?.rolledBack).toEqual(ASKED);
  expect(endSplit(ended, null)).toBe(ended);
});

test('only so many versions are kept: previews cannot push out what there is to roll back to', () => {
  let record = deployed(1, 2);
  for (let n = 10; n < 10 + KEPT_VERSIONS; n++) record = addPreview(record, release(n));
  expect(record.versions).toHaveLength(KEPT_PREVIEWS + 2);
  expect(kept(record).slice(-2)).toEqual([2, 1]);
  expect(kept(record)[0]).toBe(9 + KEPT_VERSIONS);
});

test('what answers callers is kept, however many come after it', () => {
  let record = startSplit(addPreview(deployed(1), release(2)), splitWith(2));
  for (let n = 10; n < 12 + KEPT_PREVIEWS; n++) record = addPreview(record, release(n));
  expect(kept(record).slice(-2)).toEqual([2, 1]);
  const many = deployed(...Array.from({ length: KEPT_VERSIONS + 5 }, (_, n) => n + 1));
  expect(many.versions).toHaveLength(KEPT_VERSIONS);
});
