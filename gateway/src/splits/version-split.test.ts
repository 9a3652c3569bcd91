import type { IncomingMessage } from 'node:http';
import type { StickyKey } from '@sovfn/protocol';
import { expect, test } from 'vitest';
import type { DeployedFunction } from '../routes/deployed-functions.ts';
import { VersionTally } from './version-tally.ts';
import { chooseVersion, makeSplit } from './version-split.ts';

const [CURRENT, OTHER] = ['aaaa', 'bbbb'].map(
  (prefix) =>
    ({ version: prefix.padEnd(64, '0'), tally: new VersionTally(), split: null }) as unknown as DeployedFunction,
) as [DeployedFunction, DeployedFunction];

const split = (percent: number, key: StickyKey = { by: 'address' }, other = OTHER) =>
  makeSplit({ version: other.version, percent, key, startedAt: '', watchedUntil: null }, CURRENT, other);
const request = (headers: Record<string, string>, remoteAddress = '192.0.2.1') =>
  ({ headers, socket: { remoteAddress } }) as unknown as IncomingMessage;
const chosen = (of: ReturnType<typeof split>, from: IncomingMessage) => chooseVersion(CURRENT, of, from).version;

const users = Array.from({ length: 20_000 }, (_, number) => request({ 'x-user': `user-${number}` }));
const BY_USER: StickyKey = { by: 'header', name: 'x-user' };

test.each([0.5, 10, 50, 99])('of many callers, %s %% get the other version', (percent) => {
  const of = split(percent, BY_USER);
  const share = users.filter((user) => chosen(of, user) === OTHER.version).length / users.length;
  expect(Math.abs(share - percent / 100)).toBeLessThan(0.012);
});

test('a caller keeps its version, and a larger share leaves those who have the other one with it', () => {
  const had = users.filter((user) => chosen(split(10, BY_USER), user) === OTHER.version);
  expect(had.every((user) => chosen(split(10, BY_USER), user) === OTHER.version)).toBe(true);
  expect(had.every((user) => chosen(split(30, BY_USER), user) === OTHER.version)).toBe(true);
});

test('the next version is tried by other callers', () => {
  const next = { ...OTHER, version: 'cccc'.padEnd(64, '0') };
  const had = users.filter((user) => chosen(split(10, BY_USER), user) === OTHER.version);
  const again = had.filter((user) => chosen(split(10, BY_USER, next), user) === next.version);
  expect(again.length / had.length).toBeLessThan(0.2);
});

test('the key is a header, a cookie or the address; without the header or the cookie it is the address', () => {
  const versions = (of: ReturnType<typeof split>, from: (number: number) => IncomingMessage) =>
    new Set(Array.from({ length: 60 }, (_, number) => chosen(of, from(number)))).size;
  const byCookie = split(50, { by: 'cookie', name: 'session' });
  expect(versions(byCookie, (n) => request({ cookie: `a=1; session=${n}; b=2` }))).toBe(2);
  expect(versions(byCookie, (n) => request({ cookie: `session2=${n}` }))).toBe(1);
  expect(versions(split(50, BY_USER), (n) => request({ 'x-other': `${n}` }))).toBe(1);
  expect(versions(split(50), (n) => request({ 'x-user': `${n}` }))).toBe(1);
  expect(versions(split(50), (n) => request({}, `192.0.2.${n}`))).toBe(2);
});

test('the header sovfn-version chooses, and what was chosen is no evidence; one that names neither is passed over', () => {
  const of = split(0.1, BY_USER);
  const choosing = (choice: string) => chooseVersion(CURRENT, of, request({ 'sovfn-version': choice }));
  expect(choosing('bbbb00')).toMatchObject({ version: OTHER.version, tally: null });
  expect(choosing('aaaa')).toMatchObject({ version: CURRENT.version, tally: null });
  for (const choice of ['', 'b', 'dddd', '__proto__']) expect(choosing(choice).tally).not.toBeNull();
});
