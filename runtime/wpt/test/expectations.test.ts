import { describe, expect, it } from 'vitest';
import { type Expectations, readExpectations, UNEXPLAINED, updateExpectations } from '../expect/expectations.ts';
import { findSurprises } from '../expect/surprises.ts';
import type { PageResult } from '../run/result.ts';
import { AREAS } from '../suite/areas.ts';

const NONE: Expectations = { skipped: {}, failing: {} };
const RESULT: PageResult = {
  page: 'area/file.any.js',
  subtests: [
    { name: 'good', isPassed: true, message: null },
    { name: 'bad', isPassed: false, message: 'expected 1 but got 2' },
  ],
};

describe('expectations', () => {
  it('fail a run for a subtest that fails unexpectedly', () => {
    expect(findSurprises([RESULT], NONE)).toEqual([
      { page: 'area/file.any.js', subtest: 'bad', what: 'failed', message: 'expected 1 but got 2' },
    ]);
  });

  it('fail a run for a subtest that passes unexpectedly', () => {
    const failing = { 'area/file.any.js': { 'not done yet': ['bad', 'good'] } };
    expect(findSurprises([RESULT], { skipped: {}, failing })).toEqual([
      { page: 'area/file.any.js', subtest: 'good', what: 'passed', message: null },
    ]);
  });

  it('fail a run when one names a subtest that does not exist', () => {
    const failing = { 'area/file.any.js': { 'not done yet': ['bad', 'gone'] } };
    const what = 'is expected to fail, and does not exist';
    expect(findSurprises([RESULT], { skipped: {}, failing })).toEqual([
      { page: 'area/file.any.js', subtest: 'gone', what, message: null },
    ]);
  });

  it('fail a run when one names a page that was not run', () => {
    const failing = { 'area/gone.any.js': { 'not done yet': 'all' as const } };
    expect(findSurprises([], { skipped: {}, failing })).toEqual([
      { page: 'area/gone.any.js', subtest: 'all', what: 'is expected to fail, and does not exist', message: null },
    ]);
  });

  it('keep the reasons of what still fails, and mark what is new, when they are updated', () => {
    const failing = { 'area/file.any.js': { 'not done yet': ['bad'] } };
    const both = { ...RESULT, subtests: [...RESULT.subtests, { name: 'new', isPassed: false, message: null }] };
    expect(updateExpectations({ skipped: {}, failing }, [both]).failing).toEqual({
      'area/file.any.js': { 'not done yet': ['bad'], [UNEXPLAINED]: ['new'] },
    });
  });

  it('of every area all have a reason', async () => {
    for (const { name } of AREAS) {
      const { failing } = await readExpectations(name);
      const reasons = Object.values(failing).flatMap((page) => Object.keys(page));
      expect(reasons, name).not.toContain(UNEXPLAINED);
    }
  });
});
