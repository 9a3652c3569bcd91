/** Everything that functions find on their global object, beyond the language. To add an API, add it here. */
import { SPANS_SYMBOL } from '@sovfn/protocol/guest-spans';
import { console } from './console/console.guest.ts';
import {
  cloning,
  compression,
  files,
  messaging,
  streams,
  subtleCrypto,
  tracing,
  urlPattern,
} from './core/lazy-parts.guest.ts';
import { Navigator, navigator } from './core/navigator.guest.ts';
import { defineProperty } from './core/primordials.guest.ts';
import { requireArguments } from './core/webidl.guest.ts';
import { Crypto, crypto } from './crypto/crypto.guest.ts';
import { atob, btoa } from './encoding/base64.guest.ts';
import { TextDecoder } from './encoding/text-decoder.guest.ts';
import { TextEncoder } from './encoding/text-encoder.guest.ts';
import { AbortController, AbortSignal } from './events/abort-signal.guest.ts';
import { DOMException, QuotaExceededError } from './events/dom-exception.guest.ts';
import { EventTarget } from './events/event-target.guest.ts';
import { Event } from './events/event.guest.ts';
import { CustomEvent, ErrorEvent, PromiseRejectionEvent } from './events/kinds.guest.ts';
import { reportException } from './events/report.guest.ts';
import { fetch } from './fetch/fetch.guest.ts';
import { Headers } from './fetch/headers.guest.ts';
import { Request } from './fetch/request.guest.ts';
import { Response } from './fetch/response.guest.ts';
import { queueMicrotask } from './scheduling/microtask.guest.ts';
import { Performance, performance } from './scheduling/performance.guest.ts';
import { clearInterval, clearTimeout, setInterval, setTimeout } from './scheduling/timers.guest.ts';
import type { connectApis } from './tracing/tracing.guest.ts';
import { URLSearchParams } from './url/url-search-params.guest.ts';
import { URL } from './url/url.guest.ts';

/** Interfaces: not enumerable, as WebIDL has it. */
const INTERFACES = {
  AbortController,
  AbortSignal,
  Crypto,
  CustomEvent,
  DOMException,
  ErrorEvent,
  Event,
  EventTarget,
  Headers,
  Navigator,
  Performance,
  PromiseRejectionEvent,
  QuotaExceededError,
  Request,
  Response,
  TextDecoder,
  TextEncoder,
  URL,
  URLSearchParams,
};

/** Functions and objects: enumerable, but for `console`. */
const MEMBERS = {
  atob,
  btoa,
  clearInterval,
  clearTimeout,
  crypto,
  fetch,
  navigator,
  performance,
  queueMicrotask,
  reportError,
  self: globalThis,
  setInterval,
  setTimeout,
  structuredClone,
};

/** Interfaces of lazy parts: got when they are first looked at. */
const LAZY_INTERFACES: Readonly<Record<string, () => object>> = {
  Blob: () => files.get().Blob,
  ByteLengthQueuingStrategy: () => streams.get().ByteLengthQueuingStrategy,
  CompressionStream: () => compression.get().CompressionStream,
  CountQueuingStrategy: () => streams.get().CountQueuingStrategy,
  CryptoKey: () => subtleCrypto.get().CryptoKey,
  DecompressionStream: () => compression.get().DecompressionStream,
  File: () => files.get().File,
  FormData: () => files.get().FormData,
  MessageChannel: () => messaging.get().MessageChannel,
  MessageEvent: () => messaging.get().MessageEvent,
  MessagePort: () => messaging.get().MessagePort,
  ReadableByteStreamController: () => streams.get().ReadableByteStreamController,
  ReadableStream: () => streams.get().ReadableStream,
  ReadableStreamBYOBReader: () => streams.get().ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest: () => streams.get().ReadableStreamBYOBRequest,
  ReadableStreamDefaultController: () => streams.get().ReadableStreamDefaultController,
  ReadableStreamDefaultReader: () => streams.get().ReadableStreamDefaultReader,
  SubtleCrypto: () => subtleCrypto.get().SubtleCrypto,
  TextDecoderStream: () => streams.get().TextDecoderStream,
  TextEncoderStream: () => streams.get().TextEncoderStream,
  TransformStream: () => streams.get().TransformStream,
  TransformStreamDefaultController: () => streams.get().TransformStreamDefaultController,
  URLPattern: () => urlPattern.get().URLPattern,
  WritableStream: () => streams.get().WritableStream,
  WritableStreamDefaultController: () => streams.get().WritableStreamDefaultController,
  WritableStreamDefaultWriter: () => streams.get().WritableStreamDefaultWriter,
};

export function installGlobals(): void {
  for (const [name, value] of Object.entries(INTERFACES)) define(name, value, false);
  for (const [name, value] of Object.entries(MEMBERS)) {
    // The bundler may have renamed a function whose name another module has too.
    if (typeof value === 'function') defineProperty(value, 'name', { value: name, configurable: true });
    define(name, value, true);
  }
  define('console', console, false);
  for (const [name, get] of Object.entries(LAZY_INTERFACES)) defineLazily(name, get);
  defineProperty(globalThis, Symbol.for(SPANS_SYMBOL), { value: connectSpans, configurable: true });
}

function define(name: string, value: unknown, enumerable: boolean): void {
  defineProperty(globalThis, name, { value, writable: true, enumerable, configurable: true });
}

/** A getter that puts the interface in its own place. Assigning, or defining the property anew, works as ever. */
function defineLazily(name: string, get: () => object): void {
  defineProperty(globalThis, name, {
    get() {
      const value = get();
      // Libraries' classes have what the minifier made of their names.
      defineProperty(value, 'name', { value: name, configurable: true });
      define(name, value, false);
      return value;
    },
    set(value: unknown) {
      define(name, value, false);
    },
    enumerable: false,
    configurable: true,
  });
}

/** What bundles with OpenTelemetry's API call (see SPANS_SYMBOL). */
function connectSpans(...args: Parameters<typeof connectApis>): void {
  tracing.get().connectApis(...args);
}

function reportError(error: unknown): void {
  requireArguments(arguments.length, 1, 'reportError');
  reportException(error);
}

/** The part is evaluated with the first clone, so this stands in for its function. */
function structuredClone(value: unknown, options: unknown = undefined): unknown {
  requireArguments(arguments.length, 1, 'structuredClone');
  return cloning.get().structuredClone(value, options);
}
