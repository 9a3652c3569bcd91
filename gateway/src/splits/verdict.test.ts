import { expect, test } from 'vitest';
import { FEWEST_TIMED_CALLS, judge } from './verdict.ts';
import { VersionTally } from './version-tally.ts';

interface Counted {
  readonly calls: number;
  readonly errors?: number;
  readonly ms?: number;
}

function tally({ calls, errors = 0, ms = 10 }: Counted): VersionTally {
  const counted = new VersionTally();
  for (let call = 0; call < calls; call++) counted.count(call < errors, ms * 1_000);
  return counted;
}
const verdict = (current: Counted, other: Counted) => judge({ current: tally(current), other: tally(other) });

test.each([
  ['fails every time, from twenty calls on', { calls: 200 }, { calls: 20, errors: 20 }],
  ['fails one time in five beside one that never does', { calls: 200 }, { calls: 20, errors: 4 }],
  ['fails a tenth where the other fails a fiftieth', { calls: 2_000, errors: 40 }, { calls: 300, errors: 30 }],
])('worse by its errors: one that %s', (_, current, other) => {
  expect(verdict(current, other)?.reason).toBe('errors');
});

test.each([
  ['has had too few calls', { calls: 200 }, { calls: 19, errors: 19 }],
  ['has nothing to be compared with', { calls: 19 }, { calls: 100, errors: 100 }],
  ['failed once in twenty', { calls: 200 }, { calls: 20, errors: 1 }],
  ['fails as often as the other one', { calls: 2_000, errors: 1_000 }, { calls: 200, errors: 100 }],
  ['fails a little more often, which may be chance', { calls: 200, errors: 10 }, { calls: 20, errors: 3 }],
  ['fails four points more often', { calls: 9_000, errors: 90 }, { calls: 1_000, errors: 50 }],
  ['is a little slower', { calls: 900, ms: 100 }, { calls: 100, ms: 140 }],
  ['is many times slower, but still fast', { calls: 900, ms: 1 }, { calls: 100, ms: 10 }],
  ['is slow, and has had too few calls', { calls: 900, ms: 10 }, { calls: FEWEST_TIMED_CALLS - 1, ms: 1_000 }],
])('not worse: one that %s', (_, current, other) => {
  expect(verdict(current, other)).toBeNull();
});

test('worse by its times: the p95 is half as long again, and more than 20 ms longer', () => {
  expect(verdict({ calls: 900, ms: 100 }, { calls: 100, ms: 200 })).toMatchObject({ reason: 'slow' });
});

test('what was measured is told', () => {
  expect(verdict({ calls: 200 }, { calls: 20, errors: 4 })?.detail).toBe(
    '4 of 20 calls failed; of the current version 0 of 200 calls',
  );
  expect(verdict({ calls: 900, ms: 100 }, { calls: 100, ms: 400 })?.detail).toMatch(
    /^p95 4\d\d ms over 100 calls; of the current version 1\d\d ms$/,
  );
});

test('the p95 is right to a tenth, over five orders of magnitude', () => {
  for (const ms of [0.2, 3, 40, 500, 20_000]) {
    const counted = new VersionTally();
    for (let call = 1; call <= 100; call++) counted.count(false, call <= 95 ? ms * 1_000 : ms * 50_000);
    expect(counted.p95Ms).toBeGreaterThanOrEqual(ms);
    expect(counted.p95Ms).toBeLessThan(ms * 1.101);
  }
  expect(new VersionTally().p95Ms).toBe(0);
});

test('a call counts once, however it ends, and one that its caller left counts not at all', () => {
  const counted = new VersionTally();
  const answer = { status: 503, wallUs: 5_000, cold: false, complete: true } as never;
  const call = counted.begin();
  call.answered(answer);
  call.failed();
  counted.begin();
  expect([counted.calls, counted.errors, counted.timed]).toEqual([1, 1, 1]);
});
