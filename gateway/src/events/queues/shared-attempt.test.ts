import { expect, test } from 'vitest';
import type { AskedAttempt } from '../dispatch/attempt.ts';
import type { AttemptResult } from '../dispatch/attempt-result.ts';
import { SharedAttempt } from './shared-attempt.ts';

interface MadeCall {
  readonly names: string[];
  readonly signal: AbortSignal;
  readonly end: (results: AttemptResult[]) => void;
  readonly fail: (error: Error) => void;
}

function share(members: number) {
  const calls: MadeCall[] = [];
  const shared = new SharedAttempt(members, (asked, signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<AttemptResult[]>();
    calls.push({ names: asked.map(({ head }) => head.id), signal, end: resolve, fail: reject });
    return promise;
  });
  const ask = (id: string, controller = new AbortController()): Promise<AttemptResult> =>
    shared.attempt({ head: { id }, signal: controller.signal } as AskedAttempt);
  return { shared, calls, ask };
}

const result = (name: string): AttemptResult => ({ invocation: name }) as AttemptResult;

test('a call begins when every message of the batch is ready, and each gets its own result', async () => {
  const { calls, ask } = share(3);
  const [a, b] = [ask('a'), ask('b')];
  expect(calls).toEqual([]);
  const c = ask('c');
  expect(calls.map(({ names }) => names)).toEqual([['a', 'b', 'c']]);
  calls[0]!.end([result('1'), result('2'), result('3')]);
  expect(await Promise.all([a, b, c])).toEqual([result('1'), result('2'), result('3')]);
});

test('a message that has left is not waited for', async () => {
  const { shared, calls, ask } = share(3);
  const waiting = [ask('a'), ask('b')];
  shared.leave();
  expect(calls.map(({ names }) => names)).toEqual([['a', 'b']]);
  calls[0]!.end([result('1'), result('2')]);
  expect(await Promise.all(waiting)).toHaveLength(2);
});

test('a batch that all have left makes no call', () => {
  const { shared, calls } = share(2);
  shared.leave();
  shared.leave();
  expect(calls).toEqual([]);
});

test('messages that come back after a call make the next one together', async () => {
  const { shared, calls, ask } = share(2);
  const first = [ask('a'), ask('b')];
  calls[0]!.end([result('1'), result('2')]);
  await Promise.all(first);
  const again = ask('b');
  expect(calls).toHaveLength(1);
  shared.leave();
  expect(calls.map(({ names }) => names)).toEqual([['a', 'b'], ['b']]);
  calls[1]!.end([result('3')]);
  expect(await again).toEqual(result('3'));
});

test('a message that is stopped before the call is not in it', async () => {
  const { shared, calls, ask } = share(2);
  const stopped = new AbortController();
  const gone = ask('a', stopped);
  stopped.abort(new Error('cancelled'));
  await expect(gone).rejects.toThrow('cancelled');
  shared.leave();
  void ask('b');
  expect(calls.map(({ names }) => names)).toEqual([['b']]);
});

test('the call ends early only when all of its messages are stopped', async () => {
  const { calls, ask } = share(2);
  const [first, second] = [new AbortController(), new AbortController()];
  const both = [ask('a', first), ask('b', second)];
  first.abort(new Error('cancelled'));
  await expect(both[0]).rejects.toThrow('cancelled');
  expect(calls[0]!.signal.aborted).toBe(false);
  second.abort(new Error('stopping'));
  await expect(both[1]).rejects.toThrow('stopping');
  expect(calls[0]!.signal.aborted).toBe(true);
});

test('what goes wrong with the call goes wrong for each message', async () => {
  const { calls, ask } = share(2);
  const both = Promise.allSettled([ask('a'), ask('b')]);
  calls[0]!.fail(new Error('broken'));
  expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});
