/** The Minimum common web API (ECMA-429, 1st edition, 2025 snapshot): every name of its list. */
import { expect, test } from 'vitest';
import { inGuest } from './harness.ts';

const INTERFACES =
  `AbortController AbortSignal Blob ByteLengthQueuingStrategy CompressionStream CountQueuingStrategy Crypto
CryptoKey CustomEvent DecompressionStream DOMException ErrorEvent Event EventTarget File FormData Headers MessageChannel
MessageEvent MessagePort Performance PromiseRejectionEvent ReadableByteStreamController ReadableStream ReadableStreamBYOBReader
ReadableStreamBYOBRequest ReadableStreamDefaultController ReadableStreamDefaultReader Request Response SubtleCrypto
TextDecoder TextDecoderStream TextEncoder TextEncoderStream TransformStream TransformStreamDefaultController URL URLPattern
URLSearchParams WritableStream WritableStreamDefaultController WritableStreamDefaultWriter`.split(/\s+/);

const MEMBERS: Readonly<Record<string, string>> = {
  globalThis: 'object',
  atob: 'function',
  btoa: 'function',
  clearInterval: 'function',
  clearTimeout: 'function',
  console: 'object',
  crypto: 'object',
  fetch: 'function',
  navigator: 'object',
  onerror: 'object',
  onrejectionhandled: 'object',
  onunhandledrejection: 'object',
  performance: 'object',
  queueMicrotask: 'function',
  reportError: 'function',
  self: 'object',
  setInterval: 'function',
  setTimeout: 'function',
  structuredClone: 'function',
};

test('every interface of ECMA-429 is there, under its own name', () => {
  const found = inGuest(`return ${JSON.stringify(INTERFACES)}.filter((name) =>
    typeof globalThis[name] === 'function' && globalThis[name].name === name &&
    globalThis[name].prototype[Symbol.toStringTag] === name);`);
  expect(found).toEqual(INTERFACES);
});

test('interfaces are not enumerable on the global object, also those that are made on first use', () => {
  expect(
    inGuest(
      `return ${JSON.stringify(INTERFACES)}.filter((name) => Object.prototype.propertyIsEnumerable.call(globalThis, name));`,
    ),
  ).toEqual([]);
});

test('every method and property of ECMA-429 is there', () => {
  const types = inGuest(`return Object.fromEntries(${JSON.stringify(Object.keys(MEMBERS))}.map((name) =>
    [name, name in globalThis ? typeof globalThis[name] : 'missing']));`);
  expect(types).toEqual(MEMBERS);
});

test('the global object is an EventTarget, and navigator.userAgent is one product token', () => {
  expect(inGuest(`return [globalThis instanceof EventTarget, navigator.userAgent];`)).toEqual([true, 'sovfn']);
});

test('WebAssembly is off for functions that do not ask for it: the one divergence of the list', () => {
  expect(inGuest(`return typeof WebAssembly;`)).toBe('undefined');
});
