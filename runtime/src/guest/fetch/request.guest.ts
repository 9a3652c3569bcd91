import { defineInterface, INTERNAL } from '../core/interface.guest.ts';
import { byteString, type Dictionary, dictionary, enumeration, isObject } from '../core/webidl.guest.ts';
import { requireArguments, usvString } from '../core/webidl.guest.ts';
import { type AbortSignal, anySignal, isAbortSignal, newSignal } from '../events/abort-signal.guest.ts';
import { isSerialized, parseUrl, serializeUrl } from '../url/url-record.guest.ts';
import { type Body, extractBody } from './body.guest.ts';
import { type BodyMixin, defineBodyMixin } from './body-mixin.guest.ts';
import { getHeader, parseHeaderBlock, toHeaderBlock } from './header-list.guest.ts';
import { fill, Headers, headersOf, listOf, makeImmutable } from './headers.guest.ts';
import { convertSettings, DEFAULT_SETTINGS, type RequestSettings } from './request-settings.guest.ts';

interface RequestState {
  method: string;
  /** As the caller wrote it while `isUrlChecked` is false, then serialized. */
  url: string;
  isUrlChecked: boolean;
  /** Null until somebody looks; then made of `headerBlock`. */
  headers: Headers | null;
  headerBlock: string;
  /** Null until somebody looks; then made by `makeSignal`. */
  signal: AbortSignal | null;
  makeSignal: () => AbortSignal;
  body: Body | null;
  settings: RequestSettings;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const FORBIDDEN_METHOD = /^(?:CONNECT|TRACE|TRACK)$/i;
const NORMALIZED_METHOD = /^(?:DELETE|GET|HEAD|OPTIONS|POST|PUT)$/i;
const INCOMING_SETTINGS: RequestSettings = { ...DEFAULT_SETTINGS, redirect: 'manual' };

let stateOf: (request: Request) => RequestState;
let isRequest: (value: unknown) => value is Request;
export class Request {
  readonly #state: RequestState;

  static {
    stateOf = (request) => request.#state;
    isRequest = (value): value is Request => isObject(value) && #state in value;
  }

  constructor(input: unknown, init: unknown = undefined) {
    if (input === INTERNAL) {
      this.#state = init as RequestState;
      return;
    }
    requireArguments(arguments.length, 1, 'Request');
    this.#state = construct(isRequest(input) ? input : usvString(input), dictionary(init, 'Request: init'));
  }

  get method(): string {
    return this.#state.method;
  }

  get url(): string {
    const state = this.#state;
    if (!state.isUrlChecked) {
      state.isUrlChecked = true;
      state.url = serialized(state.url);
    }
    return state.url;
  }

  get headers(): Headers {
    return headersOfState(this.#state);
  }

  get destination(): string {
    return this.#state && '';
  }

  get referrer(): string {
    return this.#state.settings.referrer;
  }

  get referrerPolicy(): string {
    return this.#state.settings.referrerPolicy;
  }

  get mode(): string {
    return this.#state.settings.mode;
  }

  get credentials(): string {
    return this.#state.settings.credentials;
  }

  get cache(): string {
    return this.#state.settings.cache;
  }

  get redirect(): string {
    return this.#state.settings.redirect;
  }

  get integrity(): string {
    return this.#state.settings.integrity;
  }

  get keepalive(): boolean {
    return this.#state.settings.keepalive;
  }

  get isReloadNavigation(): boolean {
    return this.#state && false;
  }

  get isHistoryNavigation(): boolean {
    return this.#state && false;
  }

  get signal(): AbortSignal {
    const state = this.#state;
    return (state.signal ??= state.makeSignal());
  }

  get duplex(): string {
    return this.#state && 'half';
  }

  clone(): Request {
    const state = this.#state;
    if (state.body?.isUnusable === true) {
      throw new TypeError('Request.clone: the body has been read already, or is locked by a reader');
    }
    return new Request(INTERNAL, {
      ...state,
      headers: headersOf([...listOf(headersOfState(state))]),
      signal: null,
      makeSignal: () => anySignal([this.signal]),
      body: state.body?.clone() ?? null,
    });
  }
}
export interface Request extends BodyMixin {}

defineInterface(Request, 'Request');
defineBodyMixin(Request.prototype, {
  bodyOf: (self) => stateOf(self as Request).body,
  contentTypeOf: (self) => getHeader(listOf(headersOfState(stateOf(self as Request))), 'content-type'),
});

export interface IncomingRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: string;
  readonly body: Body | null;
  readonly makeSignal: () => AbortSignal;
}

/** The request of a call. Nothing of it is looked at before the function does. */
export function incomingRequest({ method, url, headers, body, makeSignal }: IncomingRequest): Request {
  const state: RequestState = {
    method,
    url,
    isUrlChecked: false,
    headers: null,
    headerBlock: headers,
    signal: null,
    makeSignal,
    body,
    settings: INCOMING_SETTINGS,
  };
  return new Request(INTERNAL, state);
}

function construct(input: Request | string, init: Dictionary): RequestState {
  const base = typeof input === 'string' ? null : stateOf(input);
  const url = base === null ? absoluteUrl(input as string) : (input as Request).url;
  const bodyInit = init['body'];
  const duplex = init['duplex'];
  if (duplex !== undefined) enumeration(duplex, ['half'], 'Request: duplex');
  if (init['window'] !== undefined && init['window'] !== null) throw new TypeError('Request: window can only be null');
  const settings = convertSettings(init, base?.settings ?? DEFAULT_SETTINGS);
  const method = init['method'] === undefined ? (base?.method ?? 'GET') : convertMethod(init['method']);
  const source = signalSource(init['signal'], typeof input === 'string' ? null : input);
  const headers = constructHeaders(init['headers'], base);
  const body = constructBody({ bodyInit, base, method, headers, isHalfDuplex: duplex !== undefined });
  return {
    method,
    url,
    isUrlChecked: true,
    headers,
    headerBlock: '',
    signal: null,
    makeSignal: source === null ? newSignal : () => anySignal([source]),
    body,
    settings,
  };
}

function absoluteUrl(input: string): string {
  const record = parseUrl(input);
  if (record === null) throw new TypeError(`Request: "${input}" is not a valid absolute URL`);
  if (record.username !== '' || record.password !== '') {
    throw new TypeError('Request: a URL with credentials cannot be requested');
  }
  return serializeUrl(record);
}

function convertMethod(value: unknown): string {
  const method = byteString(value, 'Request: method');
  if (!TOKEN.test(method) || FORBIDDEN_METHOD.test(method)) {
    throw new TypeError(`Request: the method "${method}" cannot be used`);
  }
  return NORMALIZED_METHOD.test(method) ? method.toUpperCase() : method;
}

/** The signal that the new request follows. */
function signalSource(init: unknown, input: Request | null): AbortSignal | null {
  if (init === undefined) return input?.signal ?? null;
  if (init === null) return null;
  if (!isAbortSignal(init)) throw new TypeError('Request: signal is not an AbortSignal');
  return init;
}

function constructHeaders(init: unknown, base: RequestState | null): Headers {
  const headers = new Headers();
  if (init !== undefined) fill(headers, init);
  else if (base !== null) fill(headers, headersOfState(base));
  return headers;
}

interface BodyParts {
  readonly bodyInit: unknown;
  readonly base: RequestState | null;
  readonly method: string;
  readonly headers: Headers;
  readonly isHalfDuplex: boolean;
}

function constructBody({ bodyInit, base, method, headers, isHalfDuplex }: BodyParts): Body | null {
  const hasInit = bodyInit !== undefined && bodyInit !== null;
  const inherited = hasInit || base === null ? null : base.body;
  if ((hasInit || inherited !== null) && (method === 'GET' || method === 'HEAD')) {
    throw new TypeError(`Request: a request with the method ${method} cannot have a body`);
  }
  if (hasInit) {
    const { body, type } = extractBody(bodyInit);
    if (body.source.kind === 'stream' && !isHalfDuplex) {
      throw new TypeError('Request: a stream as a body needs duplex: "half"');
    }
    if (type !== null && !headers.has('content-type')) headers.append('content-type', type);
    return body;
  }
  if (inherited?.isUnusable === true)
    throw new TypeError('Request: the body of the given request has been read already');
  return inherited?.handOver() ?? null;
}

function headersOfState(state: RequestState): Headers {
  return (state.headers ??= makeImmutable(headersOf(parseHeaderBlock(state.headerBlock))));
}

/** A URL that no parser accepts stays as it came: it is what the caller asked for. */
function serialized(url: string): string {
  if (isSerialized(url)) return url;
  const record = parseUrl(url);
  return record === null ? url : serializeUrl(record);
}

/** What `fetch` needs of a request besides its public members. */
export function requestParts(request: Request): { headers: string; body: Body | null } {
  const state = stateOf(request);
  return { headers: toHeaderBlock(listOf(headersOfState(state))), body: state.body };
}

export { isRequest };
