import { expect, test } from 'vitest';
import { inGuest } from './harness.ts';

/** The names of ECMA-429 (minimum common web API) that exist so far; WebAssembly is closed. */
const INTERFACES =
  `AbortController AbortSignal Blob ByteLengthQueuingStrategy CountQueuingStrategy Crypto CryptoKey CustomEvent
  DOMException ErrorEvent Event EventTarget File FormData Headers MessageChannel MessageEvent MessagePort Performance PromiseRejectionEvent
  ReadableByteStreamController ReadableStream ReadableStreamBYOBReader ReadableStreamBYOBRequest ReadableStreamDefaultController
  ReadableStreamDefaultReader Request Response SubtleCrypto TextDecoder TextDecoderStream TextEncoder TextEncoderStream TransformStream
  TransformStreamDefaultController URL URLPattern URLSearchParams WritableStream WritableStreamDefaultController WritableStreamDefaultWriter`
    .split(/\s+/)
    .sort();

const MEMBERS =
  `atob btoa clearInterval clearTimeout console crypto fetch navigator onerror onrejectionhandled onunhandledrejection performance
  queueMicrotask reportError self setInterval setTimeout structuredClone`
    .split(/\s+/)
    .sort();

test('every interface and member is there', () => {
  expect(
    inGuest(`return ${JSON.stringify([...INTERFACES, ...MEMBERS])}.filter((name) => !(name in globalThis));`),
  ).toEqual([]);
});

test.each(INTERFACES)('%s has the shape of a WebIDL interface', (name) => {
  const faults = inGuest(`const faults = []; const check = (what, isRight) => { if (!isRight) faults.push(what) };
    const before = Object.getOwnPropertyDescriptor(globalThis, '${name}');
    check('enumerable', before.enumerable === false); check('configurable', before.configurable);
    const it = globalThis.${name}; const { prototype } = it;
    check('writable', Object.getOwnPropertyDescriptor(globalThis, '${name}').writable);
    check('function', typeof it === 'function'); check('name', it.name === '${name}');
    check('prototype is fixed', Object.getOwnPropertyDescriptor(it, 'prototype').writable === false);
    check('constructor', prototype.constructor === it && !Object.getOwnPropertyDescriptor(prototype, 'constructor').enumerable);
    const tag = Object.getOwnPropertyDescriptor(prototype, Symbol.toStringTag);
    check('tag', tag?.value === '${name}' && !tag.writable && !tag.enumerable && tag.configurable);
    try { it(); check('call without new', false) } catch (error) { check('call without new: ' + error.name, error instanceof TypeError) }
    for (const key of Object.getOwnPropertyNames(prototype)) {
      if (key === 'constructor') continue;
      const member = Object.getOwnPropertyDescriptor(prototype, key);
      check(key + ' enumerable', member.enumerable);
      if (member.get) check(key + ' getter name', member.get.name === 'get ' + key);
      else if (typeof member.value === 'function') check(key + ' name', member.value.name === key && !('prototype' in member.value));
    }
    return faults;`);
  expect(faults).toEqual([]);
});

test.each([
  ['AbortController', 0],
  ['Blob', 0],
  ['CustomEvent', 1],
  ['ErrorEvent', 1],
  ['Event', 1],
  ['File', 2],
  ['FormData', 0],
  ['Headers', 0],
  ['MessageChannel', 0],
  ['MessageEvent', 1],
  ['PromiseRejectionEvent', 2],
  ['Request', 1],
  ['Response', 0],
  ['TextDecoder', 0],
  ['URL', 1],
  ['URLSearchParams', 0],
])('new %s() asks for %d arguments', (name, length) => {
  expect(inGuest(`return ${name}.length;`)).toBe(length);
});

test.each([
  ['Headers', { append: 2, delete: 1, get: 1, getSetCookie: 0, has: 1, set: 2, forEach: 1, entries: 0 }],
  ['FormData', { append: 2, delete: 1, get: 1, getAll: 1, has: 1, set: 2, forEach: 1 }],
  ['URLSearchParams', { append: 2, delete: 1, get: 1, getAll: 1, has: 1, set: 2, sort: 0, toString: 0 }],
  ['Response', { clone: 0, text: 0, json: 0, arrayBuffer: 0, formData: 0, blob: 0, bytes: 0 }],
  ['EventTarget', { addEventListener: 2, removeEventListener: 2, dispatchEvent: 1 }],
  ['Blob', { slice: 0, stream: 0, text: 0 }],
  ['TextEncoder', { encode: 0, encodeInto: 2 }],
  ['TextDecoder', { decode: 0 }],
])('methods of %s have the lengths of WebIDL', (name, lengths) => {
  const seen = inGuest(
    `return Object.fromEntries(${JSON.stringify(Object.keys(lengths))}.map((key) => [key, ${name}.prototype[key].length]));`,
  );
  expect(seen).toEqual(lengths);
});

test('functions of the global object have their names, and are enumerable', () => {
  const seen = inGuest(`return ${JSON.stringify(MEMBERS)}.filter((name) => typeof globalThis[name] === 'function')
    .filter((name) => globalThis[name].name !== name || !Object.getOwnPropertyDescriptor(globalThis, name).enumerable);`);
  expect(seen).toEqual([]);
});

test.each([
  'AbortSignal',
  'Crypto',
  'CryptoKey',
  'MessagePort',
  'Performance',
  'SubtleCrypto',
  'ReadableByteStreamController',
])('%s cannot be constructed', (name) => {
  expect(inGuest(`try { new ${name}(); return 'made' } catch (error) { return error.name }`)).toBe('TypeError');
});

test('a lazy interface can be replaced, and taken away, like any other', () => {
  const seen =
    inGuest(`globalThis.Blob = 5; delete globalThis.FormData; Object.defineProperty(globalThis, 'File', { value: 6 });
    return [Blob, 'FormData' in globalThis, File, typeof ReadableStream, ReadableStream === globalThis.ReadableStream];`);
  expect(seen).toEqual([5, false, 6, 'function', true]);
});

test('interfaces can be extended by classes of the function', () => {
  const seen = inGuest(`class Api extends Response { extra = 1; static of(text) { return new this(text) } }
    class Bus extends EventTarget { say(what) { this.dispatchEvent(new CustomEvent('x', { detail: what })) } }
    const bus = new Bus(); let heard; bus.addEventListener('x', (event) => { heard = event.detail }); bus.say('hi');
    class Failure extends DOMException {} const failure = new Failure('m', 'AbortError');
    return [await Api.of('text').text(), Api.of('').extra, heard, failure instanceof Failure, failure.name, failure instanceof Error];`);
  expect(seen).toEqual(['text', 1, 'hi', true, 'AbortError', true]);
});

test('navigator names the platform', () => {
  expect(inGuest(`return [navigator.userAgent, Object.prototype.toString.call(navigator)];`)).toEqual([
    'sovfn',
    '[object Navigator]',
  ]);
});
