import { expect, test } from 'vitest';
import { inGuest } from './harness.ts';
import { attempts, expectAsInNode } from './node-oracle.ts';

test('values of the language keep what they are', async () => {
  await expectAsInNode(`const sparse = [1, , 3]; sparse.extra = 'x';
    const source = { a: [undefined, null, true, -0, 'text', 10n], date: new Date(5), pattern: /a(b)/gi, map: new Map([[{ k: 1 }, new Set([1, 'two'])]]),
      boxed: [Object(1), Object('s'), Object(true), Object(2n)], error: new RangeError('far', { cause: 'near' }), sparse, bytes: new Uint8Array([1, 2, 3]).subarray(1), view: new DataView(new ArrayBuffer(4), 1, 2) };
    const copy = structuredClone(source); const [[key, set]] = copy.map;
    return [copy.a.length, Object.is(copy.a[3], -0), typeof copy.a[5], copy.date instanceof Date, copy.date.getTime(), String(copy.pattern), copy.pattern.lastIndex, key.k, [...set],
      copy.boxed.map((one) => [typeof one, String(one)]), copy.error instanceof RangeError, copy.error.message, copy.error.cause, copy.sparse.length, 1 in copy.sparse, copy.sparse.extra,
      [...copy.bytes], copy.bytes.byteOffset, copy.bytes.buffer.byteLength, copy.view.byteLength, copy.view.byteOffset];`);
});

test('circles and shared references stay', async () => {
  await expectAsInNode(`const shared = { x: 1 }; const source = { a: shared, b: shared, map: new Map() }; source.self = source; source.map.set(source, shared);
    const copy = structuredClone(source); return [copy.self === copy, copy.a === copy.b, copy.a !== shared, copy.map.get(copy) === copy.a];`);
});

test.each([
  '() => 1',
  'Symbol()',
  'new WeakMap()',
  'new WeakSet()',
  'Promise.resolve()',
  'new WeakRef({})',
  'new Response()',
  'new Headers()',
  'new URL("http://a")',
  'new EventTarget()',
  'new AbortController().signal',
  'new MessageChannel().port1',
  '{ deep: [() => 1] }',
  'new Map([[1, Symbol()]])',
])('%s has no copy: a DataCloneError', (value) => {
  expect(inGuest(attempts(`structuredClone(${value})`))).toEqual(['throws DataCloneError']);
});

test('objects of classes become plain; getters are read; prototypes and symbols are left', async () => {
  await expectAsInNode(`class Point { x = 1; get y() { return 2 } #z = 3 } const copy = structuredClone(Object.assign(new Point(), { [Symbol('s')]: 1, get live() { return 'read' } }));
    return [Object.getPrototypeOf(copy) === Object.prototype, copy, Object.getOwnPropertyDescriptor(copy, 'live').get === undefined, structuredClone(Object.create({ inherited: 1 })),
      structuredClone(Object.create(null)) instanceof Object, structuredClone(Object.create(Date.prototype))];`);
});

test('a copy is not fooled by names: __proto__ is a property like any other', async () => {
  await expectAsInNode(
    `const copy = structuredClone(JSON.parse('{"__proto__":{"evil":1},"constructor":2}')); return [Object.getPrototypeOf(copy) === Object.prototype, Object.keys(copy), copy.evil ?? null];`,
  );
});

test('blobs, files and DOMExceptions are copied', async () => {
  const seen =
    inGuest(`const file = structuredClone(new File(['x'], 'n', { type: 'a/b', lastModified: 5 })); const error = structuredClone(new DOMException('m', 'AbortError'));
    return [file instanceof File, file.name, file.type, file.lastModified, await file.text(), structuredClone(new Blob(['y'])) instanceof File, error instanceof DOMException, error.name, error.code];`);
  expect(seen).toEqual([true, 'n', 'a/b', 5, 'x', false, true, 'AbortError', 20]);
});

test('transferred buffers move, with the views on them', async () => {
  await expectAsInNode(`const buffer = new Uint8Array([1, 2, 3]).buffer; const view = new Uint8Array(buffer, 1);
    const copy = structuredClone({ buffer, view }, { transfer: [buffer] });
    return [buffer.byteLength, view.length, buffer.detached, copy.buffer.byteLength, copy.view.buffer === copy.buffer, [...copy.view]];`);
});

test('a transfer that cannot be leaves everything where it was', async () => {
  await expectAsInNode(`const attempt = (value, transfer) => { try { structuredClone(value, { transfer }); return 'done' } catch (error) { return error.name } };
    const buffer = new ArrayBuffer(4); const gone = new ArrayBuffer(1); structuredClone(gone, { transfer: [gone] });
    return [attempt({ buffer, f() {} }, [buffer]), attempt(1, [buffer, buffer]), attempt(1, [{}]), attempt(1, [5]), attempt(1, 5), attempt(gone, []), attempt(1, [gone]), buffer.byteLength];`);
});

test('an error in a getter comes out, and arguments are required', async () => {
  await expectAsInNode(
    attempts(
      `structuredClone()`,
      `structuredClone({ get a() { throw new RangeError('x') } })`,
      `structuredClone(1, 5)`,
      `structuredClone(1, null)`,
    ),
  );
});

test('messages go through a channel in order, each as a task', () => {
  const seen = inGuest(`const { port1, port2 } = new MessageChannel(); const seen = [];
    port1.postMessage('early'); const source = { a: [1] };
    await new Promise((resolve) => { port2.onmessage = (event) => { seen.push(event.data, event.isTrusted, event.ports.length, event instanceof MessageEvent); if (event.data.a) resolve() };
      port1.postMessage(source); source.a = 'changed'; seen.push('sync') });
    return seen;`);
  expect(seen).toEqual(['sync', 'early', true, 0, true, { a: [1] }, true, 0, true]);
});

test('a listener does not start a port; start does; close ends it', () => {
  const seen =
    inGuest(`const { port1, port2 } = new MessageChannel(); const seen = []; const wait = () => new Promise((resolve) => setTimeout(resolve, 5));
    port2.addEventListener('message', (event) => seen.push(event.data)); port1.postMessage(1); await wait(); seen.push('not started');
    port2.start(); await wait(); port1.postMessage(2); await wait(); port2.close(); port1.postMessage(3); await wait(); return seen;`);
  expect(seen).toEqual(['not started', 1, 2]);
});

test('a port can be sent through another, with what waits in it', () => {
  const seen = inGuest(`const outer = new MessageChannel(); const inner = new MessageChannel(); const seen = [];
    inner.port1.postMessage('waiting');
    const got = new Promise((resolve) => { outer.port2.onmessage = resolve }); outer.port1.postMessage({ port: inner.port2 }, [inner.port2]);
    const { data, ports } = await got; seen.push(ports[0] === data.port, data.port !== inner.port2);
    await new Promise((resolve) => { data.port.onmessage = (event) => { seen.push(event.data); resolve() } });
    try { outer.port1.postMessage(1, [inner.port2]) } catch (error) { seen.push(error.name) }
    try { outer.port1.postMessage(1, [outer.port1]) } catch (error) { seen.push(error.name) }
    try { outer.port1.postMessage(inner.port1) } catch (error) { seen.push(error.name) } return seen;`);
  expect(seen).toEqual([true, true, 'waiting', 'DataCloneError', 'DataCloneError', 'DataCloneError']);
});
