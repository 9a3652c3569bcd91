import fc from 'fast-check';
import { expect, test } from 'vitest';
import { errorClass, ERROR_CODES, errorStatus, isErrorCode, isSovfnError, SovfnError } from './errors.ts';
import { packHeaders, unpackHeaders } from './headers.ts';
import { derivedInvocationId, invocationTime, isInvocationId, makeInvocationIds } from './invocation-id.ts';
import { isOutcome, outcomeOfCode, outcomeRule, OUTCOMES } from './outcome.ts';

const random = (size: number): Uint8Array => crypto.getRandomValues(new Uint8Array(size));

test('every outcome has its own code, a status and somebody whose fault it is', () => {
  const codes = Object.values(OUTCOMES).map((rule) => rule.code);
  expect(new Set(codes).size).toBe(codes.length);
  expect(codes.toSorted((a, b) => a - b)).toEqual(codes.map((_code, index) => index));
  for (const name of Object.keys(OUTCOMES)) {
    if (!isOutcome(name)) throw new Error(name);
    expect(outcomeOfCode(outcomeRule(name).code)).toBe(name);
    expect(outcomeRule(name).status).toBeGreaterThanOrEqual(200);
  }
  expect(outcomeOfCode(255)).toBeNull();
});

test('an outcome that may be repeated is never one in which code of the function ran', () => {
  const repeatable = Object.entries(OUTCOMES).filter(([, rule]) => rule.repeatable);
  for (const [name, rule] of repeatable) expect([name, rule.fault]).toEqual([name, 'platform']);
});

test('no code is both an error and an outcome, and each has a status and a class', () => {
  for (const code of Object.keys(ERROR_CODES)) {
    expect(isOutcome(code)).toBe(false);
    if (!isErrorCode(code)) throw new Error(code);
    expect(errorStatus(code)).toBeGreaterThanOrEqual(400);
  }
  expect(errorStatus('exceeded-cpu')).toBe(503);
  expect(errorClass('no-node-in-zone')).toBe('system');
  expect(errorClass('exception')).toBe('user');
  expect(isErrorCode('ok')).toBe(false);
});

test('an error of ours is recognised by its brand, not by its class or text', () => {
  const error = new SovfnError('not-found', 'function "a" does not exist', { hint: 'Deploy it.' });
  expect(isSovfnError(error)).toBe(true);
  expect(isSovfnError(new Error('function "a" does not exist'))).toBe(false);
  expect(isSovfnError(null)).toBe(false);
});

test('invocation ids are unique and sort in the order they were made, also within one millisecond', () => {
  let now = 1_790_000_000_000;
  const nextId = makeInvocationIds(random, () => now);
  const ids = Array.from({ length: 5_000 }, (_, index) => {
    if (index % 1_000 === 0) now++;
    return nextId();
  });
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.toSorted()).toEqual(ids);
  expect(ids.every(isInvocationId)).toBe(true);
  expect(invocationTime(ids[0]!)).toBe(1_790_000_000_001);
});

test('ids keep their order when the clock steps back', () => {
  let now = 1_790_000_000_000;
  const nextId = makeInvocationIds(random, () => now);
  const before = nextId();
  now -= 60_000;
  expect(nextId() > before).toBe(true);
});

test('a derived id says its time, is the same for the same digest, and another for another', () => {
  const time = 1_790_000_000_123;
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 10, maxLength: 32 }), fc.uint8Array({ minLength: 10 }), (one, other) => {
      const id = derivedInvocationId(time, one);
      expect(isInvocationId(id)).toBe(true);
      expect(invocationTime(id)).toBe(time);
      const isSame = Buffer.from(one.subarray(0, 10)).equals(Buffer.from(other.subarray(0, 10)));
      expect(derivedInvocationId(time, other) === id).toBe(isSame);
    }),
  );
  expect(() => derivedInvocationId(time, new Uint8Array(9))).toThrow('too short');
});

test('headers come back in order, with duplicates, names in lower case', () => {
  const name = fc.stringMatching(/^[A-Za-z-]{1,12}$/);
  const value = fc.string({ unit: fc.constantFrom(...'abc ,;="é\t') });
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value)), (headers) => {
      const expected = headers.flatMap(([key, text]) => [key.toLowerCase(), text]);
      expect(unpackHeaders(packHeaders(headers.flat()))).toEqual(expected);
    }),
  );
});

test('a header that holds a line feed is refused, so one header can never become two', () => {
  expect(() => packHeaders(['x-a', 'one\nx-b'])).toThrow('header "x-a" holds a line feed');
});

test('a header block that was cut is refused', () => {
  expect(() => unpackHeaders('a\nb\nc')).toThrow('the header block is incomplete');
});
