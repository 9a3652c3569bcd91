import { expect, test } from 'vitest';
import { inGuest } from './harness.ts';
import { attempts, expectAsInNode } from './node-oracle.ts';

test('a signal is aborted once, with its reason', async () => {
  await expectAsInNode(`const controller = new AbortController(); const { signal } = controller; let events = 0;
    signal.onabort = () => events++; signal.addEventListener('abort', () => events++);
    const before = [signal.aborted, signal.reason, signal.throwIfAborted()];
    controller.abort('first'); controller.abort('second');
    let thrown; try { signal.throwIfAborted() } catch (reason) { thrown = reason }
    return [before, signal.aborted, signal.reason, thrown, events, controller.signal === signal];`);
});

test('without a reason an AbortError is made; null is a reason', async () => {
  await expectAsInNode(`const made = AbortSignal.abort(); const given = AbortSignal.abort(null);
    return [made.reason.name, made.reason instanceof DOMException, made.reason.code, given.aborted, given.reason];`);
});

test('AbortSignal.timeout aborts with a TimeoutError when its time is over', () => {
  const seen = inGuest(`const signal = AbortSignal.timeout(50); const before = signal.aborted;
    await new Promise((resolve) => { signal.onabort = resolve });
    return [before, signal.aborted, signal.reason.name];`);
  expect(seen).toEqual([false, true, 'TimeoutError']);
});

test('AbortSignal.any follows the first of its signals, also when nobody listens', async () => {
  await expectAsInNode(`const [a, b] = [new AbortController(), new AbortController()]; const seen = [];
    const any = AbortSignal.any([a.signal, b.signal]); const nested = AbortSignal.any([any, new AbortController().signal]);
    const silent = AbortSignal.any([b.signal]);
    nested.addEventListener('abort', () => seen.push('nested', any.aborted)); any.addEventListener('abort', () => seen.push('any'));
    b.abort('from b'); a.abort('from a');
    return [any.reason, nested.reason, silent.aborted, silent.reason, seen, AbortSignal.any([AbortSignal.abort(1)]).reason, AbortSignal.any([]).aborted];`);
});

test('a dependent signal is aborted before any listener runs', async () => {
  await expectAsInNode(`const controller = new AbortController(); const any = AbortSignal.any([controller.signal]); let seen;
    any.addEventListener('abort', () => {});
    controller.signal.addEventListener('abort', () => { seen = [any.aborted, any.reason] }); controller.abort('x'); return seen;`);
});

test('a listener added to a combined signal after its abort is not called', async () => {
  await expectAsInNode(`const controller = new AbortController(); const any = AbortSignal.any([controller.signal]); controller.abort();
    let calls = 0; any.addEventListener('abort', () => calls++); await null; return [calls, any.aborted];`);
});

test('arguments are checked as WebIDL asks', async () => {
  await expectAsInNode(
    attempts(
      `new AbortSignal()`,
      `AbortSignal.any()`,
      `AbortSignal.any(5)`,
      `AbortSignal.any([{}])`,
      `AbortSignal.timeout()`,
      `AbortController.prototype.signal`,
      `new EventTarget().addEventListener('x', () => {}, { signal: {} })`,
    ),
  );
});

test('a timeout outside the range of a time is a TypeError', () => {
  const code = attempts(`AbortSignal.timeout(-1)`, `AbortSignal.timeout(NaN)`, `AbortSignal.timeout(Infinity)`);
  expect(inGuest(code)).toEqual(['throws TypeError', 'throws TypeError', 'throws TypeError']);
});

test('DOMException has the names, codes and constants of WebIDL', async () => {
  await expectAsInNode(`const made = new DOMException('text', 'NotFoundError'); const plain = new DOMException();
    return [made.name, made.message, made.code, String(made), plain.name, plain.message, plain.code, made instanceof Error, Error.isError?.(made) ?? true,
      DOMException.ABORT_ERR, made.DATA_CLONE_ERR, Object.prototype.toString.call(made), Object.keys(made), typeof made.stack,
      new DOMException('x', 'Custom').code, DOMException.length, Object.getPrototypeOf(DOMException.prototype) === Error.prototype];`);
});
