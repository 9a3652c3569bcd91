import { expect, test } from 'vitest';
import { type AttemptFailure, attemptFailure, type AttemptResponse, type AttemptResult } from './attempt-result.ts';
import { decide, isSuccess } from './retry-decision.ts';

const POLICY = { attempts: 3, minDelayMs: 1_000, maxDelayMs: 60_000, rules: [] };
const FACTS = {
  ...{ invocation: 'i', startedAt: new Date(0), version: null, node: null },
  ...{ cold: null, cpuMs: null, wallMs: null },
};

function response(status: number, retryAfterMs: number | null = null): AttemptResult {
  return { ...FACTS, kind: 'response', status, retryAfterMs, output: null, last: null } satisfies AttemptResponse &
    typeof FACTS;
}

function failure(outcome: AttemptFailure['outcome']): AttemptResult {
  return { ...FACTS, ...attemptFailure(outcome, 'why') };
}

test.each([200, 204, 302, 399])('a response with status %i succeeds', (status) => {
  expect(decide(response(status), 1, POLICY).kind).toBe('succeeded');
  expect(isSuccess(status, [])).toBe(true);
});

test.each([408, 425, 429, 500, 503, 599])('a response with status %i is tried again', (status) => {
  expect(decide(response(status), 1, POLICY).kind).toBe('retry');
  expect(isSuccess(status, [])).toBe(false);
});

test.each([400, 404, 410, 422])('a response with status %i is a dead letter at once', (status) => {
  expect(decide(response(status), 1, POLICY)).toMatchObject({
    kind: 'dead-letter',
    cause: `another attempt would not help: the function answered with status ${status}`,
  });
});

test.each(['exception', 'exceeded-wall-time', 'cell-lost', 'isolate-replaced', 'internal-error', 'expired'] as const)(
  'an attempt that ended %s is made again',
  (outcome) => {
    expect(decide(failure(outcome), 1, POLICY).kind).toBe('retry');
  },
);

test.each(['exceeded-cpu', 'exceeded-memory', 'bad-bundle', 'function-not-found', 'invalid-response'] as const)(
  'an attempt that ended %s would end so again: a dead letter',
  (outcome) => {
    expect(decide(failure(outcome), 1, POLICY).kind).toBe('dead-letter');
  },
);

test.each(['no-node-in-zone', 'residency-unsatisfied', 'no-capacity', 'key-unavailable', 'output-store-full'] as const)(
  'an event that could not begin because of %s waits, however often, and uses up no attempt',
  (outcome) => {
    expect(decide(failure(outcome), 99, POLICY)).toEqual({ kind: 'postpone', cause: `${outcome}: why` });
  },
);

test('after the last attempt an event is a dead letter', () => {
  expect(decide(response(500), 2, POLICY).kind).toBe('retry');
  expect(decide(response(500), 3, POLICY)).toMatchObject({
    cause: 'all 3 attempts failed; the last one: the function answered with status 500',
  });
});

test.each([
  [1, 0, 1_000],
  [1, 1, 2_000],
  [2, 1, 4_000],
  [2, 0.5, 2_500],
  [10, 1, 60_000],
])('after attempt %i and with the random number %d the delay is %i ms', (attempt, random, delayMs) => {
  const policy = { ...POLICY, attempts: 20 };
  expect(decide(response(500), attempt, policy, () => random)).toEqual({ kind: 'retry', delayMs });
});

test('a response that asks for more time gets it, up to a day', () => {
  const delayOf = (ms: number) => decide(response(503, ms), 1, POLICY, () => 0);
  expect(delayOf(5)).toEqual({ kind: 'retry', delayMs: 1_000 });
  expect(delayOf(90_000)).toEqual({ kind: 'retry', delayMs: 90_000 });
  expect(delayOf(1e12)).toEqual({ kind: 'retry', delayMs: 86_400_000 });
});

test('the first rule that fits decides, for statuses, their classes and outcomes', () => {
  const rules = [
    { on: 404, then: 'retry', delayMs: 5 },
    { on: '4xx', then: 'succeed', delayMs: null },
    { on: '5xx', then: 'dead-letter', delayMs: null },
    { on: 'exceeded-cpu', then: 'retry', delayMs: 7 },
    { on: 'no-node-in-zone', then: 'dead-letter', delayMs: null },
  ] as const;
  const policy = { ...POLICY, rules };
  expect(decide(response(404), 1, policy)).toEqual({ kind: 'retry', delayMs: 5 });
  expect(decide(response(409), 1, policy)).toEqual({ kind: 'succeeded' });
  expect(isSuccess(409, rules)).toBe(true);
  expect(decide(response(503), 1, policy).kind).toBe('dead-letter');
  expect(decide(failure('exceeded-cpu'), 1, policy)).toEqual({ kind: 'retry', delayMs: 7 });
  expect(decide(failure('no-node-in-zone'), 1, policy).kind).toBe('dead-letter');
});

test('a failure after which the function wants no other attempt is a dead letter at once, unless a rule says success', () => {
  const final = { ...FACTS, ...attemptFailure('exception', 'Error: no such table', { isFinal: true }) };
  expect(decide(final, 1, POLICY)).toEqual({
    kind: 'dead-letter',
    cause: 'the function wants no other attempt: exception: Error: no such table',
  });
  const rules = [{ on: 'exception', then: 'succeed', delayMs: null }] as const;
  expect(decide(final, 1, { ...POLICY, rules })).toEqual({ kind: 'succeeded' });
});

test('a message that its handler wants again comes after the delay it asked for, else after the configured one', () => {
  const returned = (delayMs: number | null): AttemptResult => ({ ...FACTS, kind: 'returned', delayMs });
  expect(decide(returned(90_000), 1, POLICY)).toEqual({ kind: 'retry', delayMs: 90_000 });
  expect(decide(returned(0), 1, POLICY)).toEqual({ kind: 'retry', delayMs: 0 });
  expect(decide(returned(null), 1, POLICY, () => 0)).toEqual({ kind: 'retry', delayMs: 1_000 });
  expect(decide(returned(0), 3, POLICY)).toEqual({
    kind: 'dead-letter',
    cause: 'all 3 attempts failed; the last one: the function asked for the message to come again',
  });
});

test.each(['exceeded-cpu', 'exceeded-memory', 'never-settled', 'invalid-response'] as const)(
  'a batch that ended %s is made again, because one of its messages may be the only reason',
  (outcome) => {
    const shared = { ...FACTS, ...attemptFailure(outcome, 'why', { isShared: true }) };
    expect(decide(shared, 1, POLICY).kind).toBe('retry');
    expect(decide(shared, 3, POLICY).kind).toBe('dead-letter');
  },
);

test('a batch for which the module has no handler is dead at once', () => {
  const shared = { ...FACTS, ...attemptFailure('bad-bundle', 'no queue handler', { isShared: true }) };
  expect(decide(shared, 1, POLICY).kind).toBe('dead-letter');
});
