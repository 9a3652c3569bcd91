import assert, { AssertionError } from 'node:assert';
import strict from 'node:assert/strict';
import { sampling, type Samples } from '../src/samples.ts';

const outcome = (run: () => void): unknown => {
  try {
    run();
    return 'passed';
  } catch (error) {
    return [
      error instanceof AssertionError,
      (error as AssertionError).code ?? null,
      (error as AssertionError).operator ?? null,
    ];
  }
};

export const samples: Samples = {
  'equality, loose and strict': () => [
    outcome(() => assert.equal(1, '1')),
    outcome(() => assert.strictEqual(1, 2)),
    outcome(() => strict.equal(1, '1')),
    outcome(() => assert.notStrictEqual(NaN, NaN)),
  ],
  'deep equality': () => [
    outcome(() => assert.deepEqual({ a: 1 }, { a: '1' })),
    outcome(() => assert.deepStrictEqual({ a: [new Set([1])] }, { a: [new Set([1])] })),
    outcome(() => assert.deepStrictEqual([1, 2], [1])),
    outcome(() => assert.notDeepStrictEqual([1], [1])),
  ],
  throws: () => [
    outcome(() =>
      assert.throws(() => {
        throw new TypeError('bad x');
      }, TypeError),
    ),
    outcome(() =>
      assert.throws(() => {
        throw new TypeError('bad x');
      }, /bad/),
    ),
    outcome(() =>
      assert.throws(
        () => {
          throw new TypeError('bad x');
        },
        { name: 'TypeError', message: /x/ },
      ),
    ),
    outcome(() =>
      assert.throws(() => {
        throw new TypeError('bad x');
      }, RangeError),
    ),
    outcome(() => assert.throws(() => undefined)),
  ],
  rejects: async () => {
    await assert.rejects(Promise.reject(new RangeError('x')), RangeError);
    await assert.doesNotReject(async () => 1);
    return assert.rejects(async () => 1);
  },
  'truth and messages': () => [
    outcome(() => assert(0)),
    outcome(() => assert.ok(1)),
    outcome(() => assert.ok(false, new RangeError('own'))),
    outcome(() => assert.match('abc', /x/)),
    outcome(() => assert.fail('x')),
    outcome(() => assert.ifError(null)),
  ],
};

const handler = sampling(samples);
export { handler as default };
