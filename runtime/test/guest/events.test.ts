import { expect, test } from 'vitest';
import { Guest, inGuest } from './harness.ts';
import { attempts, expectAsInNode } from './node-oracle.ts';

test('listeners run in order, capturing ones first, each once per registration', () => {
  const seen = inGuest(`const seen = []; const target = new EventTarget(); const twice = () => seen.push('twice');
    target.addEventListener('x', () => seen.push('bubble'));
    target.addEventListener('x', () => seen.push('capture'), true);
    target.addEventListener('x', twice); target.addEventListener('x', twice);
    target.addEventListener('x', () => seen.push('once'), { once: true });
    const object = { handleEvent(event) { seen.push('object', this === object) } }; target.addEventListener('x', object);
    target.dispatchEvent(new Event('x')); target.removeEventListener('x', twice); target.dispatchEvent(new Event('x'));
    return seen.join();`);
  expect(seen).toBe('capture,bubble,twice,once,object,true,capture,bubble,object,true');
});

test('stopImmediatePropagation and preventDefault do what they say', async () => {
  await expectAsInNode(`const seen = []; const target = new EventTarget();
    target.addEventListener('x', (event) => { event.preventDefault(); event.stopImmediatePropagation(); seen.push('first') });
    target.addEventListener('x', () => seen.push('second'));
    return [target.dispatchEvent(new Event('x', { cancelable: true })), target.dispatchEvent(new Event('x')), seen];`);
});

test('an event shows where it is while it is dispatched', () => {
  const seen = inGuest(`const target = new EventTarget(); const event = new Event('x', { bubbles: true }); let inside;
    target.addEventListener('x', (e) => { inside = [e.target === target, e.currentTarget === target, e.eventPhase, e.composedPath().length, e.isTrusted, e.srcElement === target] });
    target.dispatchEvent(event);
    return [inside, event.target === target, event.currentTarget, event.eventPhase, event.composedPath().length];`);
  expect(seen).toEqual([[true, true, 2, 1, false, true], true, null, 0, 0]);
});

test('an event cannot be dispatched while it is being dispatched', () => {
  const seen = inGuest(`const target = new EventTarget(); const event = new Event('x'); let name;
    target.addEventListener('x', () => { try { target.dispatchEvent(event) } catch (error) { name = error.name } });
    target.dispatchEvent(event); return name;`);
  expect(seen).toBe('InvalidStateError');
});

test('an exception in a listener is reported, and the next listener runs', () => {
  using guest = new Guest();
  guest.install(`const handler = { fetch() {
    const target = new EventTarget(); const seen = [];
    target.addEventListener('x', () => { throw new RangeError('in a listener') });
    target.addEventListener('x', () => seen.push('next'));
    target.dispatchEvent(new Event('x')); return Response.json(seen);
  } };`);
  expect(guest.dispatch().json).toEqual(['next']);
  expect(guest.errors).toMatchObject([{ name: 'RangeError', message: 'in a listener' }]);
});

test('a listener goes with its signal', () => {
  const seen = inGuest(`const seen = []; const target = new EventTarget(); const controller = new AbortController();
    target.addEventListener('x', () => seen.push('x'), { signal: controller.signal });
    target.dispatchEvent(new Event('x')); controller.abort(); target.dispatchEvent(new Event('x'));
    target.addEventListener('x', () => seen.push('never'), { signal: AbortSignal.abort() }); target.dispatchEvent(new Event('x'));
    return seen;`);
  expect(seen).toEqual(['x']);
});

test('arguments are checked as WebIDL asks', async () => {
  await expectAsInNode(
    attempts(
      `new Event()`,
      `Event('x')`,
      `new EventTarget().addEventListener('x')`,
      `new EventTarget().addEventListener('x', null)`,
      `new EventTarget().dispatchEvent({})`,
      `Event.prototype.type`,
      `EventTarget.prototype.addEventListener.call({}, 'x', () => {})`,
      `new CustomEvent('x', { detail: 5 }).detail`,
      `new CustomEvent('x').detail`,
    ),
  );
});

test('the global object is an event target, and its methods work without this', () => {
  const seen = inGuest(`const seen = []; const listen = addEventListener;
    listen('x', (event) => seen.push(event.target === globalThis));
    globalThis.addEventListener('x', () => seen.push('second'));
    dispatchEvent(new Event('x')); return [seen, globalThis instanceof EventTarget, self === globalThis];`);
  expect(seen).toEqual([[true, 'second'], true, true]);
});

test('reportError and errors of callbacks become error events, which can be canceled', () => {
  using guest = new Guest();
  guest.install(`const seen = [];
    addEventListener('error', (event) => { seen.push([event.message, event.error.message, event.isTrusted]); if (event.error.message === 'quiet') event.preventDefault() });
    const handler = { async fetch() {
      reportError(new Error('loud')); reportError(new Error('quiet'));
      setTimeout(() => { throw new Error('timer') }); queueMicrotask(() => { throw new Error('microtask') });
      await new Promise((resolve) => setTimeout(resolve, 5));
      return Response.json(seen);
    } };`);
  const call = guest.dispatch();
  guest.fireTimers();
  expect(call.json).toEqual(
    ['loud', 'quiet', 'microtask', 'timer'].map((text) => [`Uncaught Error: ${text}`, text, true]),
  );
  expect(guest.errors.map((error) => error.message)).toEqual(['loud', 'microtask', 'timer']);
});

test('onerror gets the parts of the error, and cancels by returning true', () => {
  using guest = new Guest();
  guest.install(`const seen = []; onerror = (message, file, line, column, error) => { seen.push(message, error.message); return true };
    const handler = { fetch() { reportError(new Error('x')); onerror = null; reportError(new Error('y')); return Response.json([seen, onerror]); } };`);
  expect(guest.dispatch().json).toEqual([['Uncaught Error: x', 'x'], null]);
  expect(guest.errors.map((error) => error.message)).toEqual(['y']);
});

test('an error handler that throws is reported and does not run again for that', () => {
  using guest = new Guest();
  guest.install(`let runs = 0; addEventListener('error', () => { runs++; throw new Error('again') });
    const handler = { fetch() { reportError(new Error('x')); return new Response(String(runs)); } };`);
  expect(guest.dispatch().text).toBe('1');
  expect(guest.errors.map((error) => error.message)).toEqual(['again', 'x']);
});

test('an orphaned rejection becomes an unhandledrejection event', () => {
  using guest = new Guest();
  guest.install(`addEventListener('unhandledrejection', (event) => {
      console.log(event.reason instanceof RangeError, event.reason.message, event.promise instanceof Promise); if (event.reason.message === 'quiet') event.preventDefault() });
    const handler = { fetch: () => new Response('') };`);
  const { number } = guest.dispatch();
  guest.enter('orphan', [number, 'RangeError', 'loud', 'the stack']);
  guest.enter('orphan', [number, 'RangeError', 'quiet', '']);
  expect(guest.logs).toEqual(['true loud true', 'true quiet true']);
  expect(guest.errors).toEqual([{ name: 'RangeError', message: 'loud', stack: 'the stack' }]);
  expect(guest.orphans).toEqual([]);
});
