import { expect, test } from 'vitest';
import { compareNatsVersions, parseMinioVersion, parseNatsVersion } from './versions.ts';

test('nats-server versions are ordered by number, and a pre-release comes before its release', () => {
  const ordered = ['2.9.30', '2.14.3-RC.1', '2.14.3', '2.15.0', '2.15.2', '3.0.0'];
  expect(ordered.toReversed().toSorted(compareNatsVersions)).toEqual(ordered);
});

test('the version is read from the output of each server', () => {
  expect(parseNatsVersion('nats-server: v2.15.2\n')).toBe('2.15.2');
  expect(parseNatsVersion('nats-server: v2.16.0-dev\n')).toBe('2.16.0-dev');
  expect(parseNatsVersion('nats-server: command not found')).toBeNull();
  expect(parseMinioVersion('minio version RELEASE.2025-09-07T16-13-09Z (commit-id=07c3a42)')).toBe(
    'RELEASE.2025-09-07T16-13-09Z',
  );
});

test('a MinIO from go install does not say a version that could be compared', () => {
  expect(parseMinioVersion('minio version DEVELOPMENT.GOGET (commit-id=DEVELOPMENT.GOGET)')).toBeNull();
});
