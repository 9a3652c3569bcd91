import type { FetchAnswer } from '../../bridge/asks.ts';
import { defineInterface, INTERNAL } from '../core/interface.guest.ts';
import { stringifyJson } from '../core/primordials.guest.ts';
import { byteString, dictionary, isObject, requireArguments, unsignedShort, usvString } from '../core/webidl.guest.ts';
import { parseUrl, serializeUrl } from '../url/url-record.guest.ts';
import { Body, extractBody } from './body.guest.ts';
import { type BodyMixin, defineBodyMixin } from './body-mixin.guest.ts';
import { getHeader, type HeaderList, parseHeaderBlock, toHeaderBlock } from './header-list.guest.ts';
import { fill, Headers, headersOf, listOf, makeImmutable } from './headers.guest.ts';

interface ResponseState {
  type: 'default' | 'error';
  /** Where it came from; empty for a response that was made here. */
  url: string;
  isRedirected: boolean;
  status: number;
  statusText: string;
  /** Null until somebody looks: most responses have only the content type that their body brings. */
  headers: Headers | null;
  /** Content type that the body brings, while `headers` is null. */
  bodyType: string | null;
  body: Body | null;
}

export interface ResponseInit {
  readonly status: number;
  readonly statusText: string;
  readonly headers: unknown;
}

const DEFAULT_INIT: ResponseInit = { status: 200, statusText: '', headers: undefined };
const NULL_BODY_STATUSES: readonly number[] = [101, 103, 204, 205, 304];
const REDIRECT_STATUSES: readonly number[] = [301, 302, 303, 307, 308];
/** reason-phrase of RFC 9112. */
const STATUS_TEXT = /^[\t\x20-\x7e\x80-\xff]*$/;

let stateOf: (response: Response) => ResponseState;
let isResponse: (value: unknown) => value is Response;
export class Response {
  readonly #state: ResponseState;

  static {
    stateOf = (response) => response.#state;
    isResponse = (value): value is Response => isObject(value) && #state in value;
  }

  constructor(body: unknown = null, init: unknown = undefined) {
    if (body === INTERNAL) {
      this.#state = init as ResponseState;
      return;
    }
    const isText = typeof body === 'string';
    const extracted = body === null || body === undefined || isText ? null : extractBody(body);
    this.#state = makeState(convertInit(init));
    if (isText) setBody(this.#state, new Body({ kind: 'text', text: usvString(body) }), TEXT_TYPE);
    else if (extracted !== null) setBody(this.#state, extracted.body, extracted.type);
  }

  static error(): Response {
    const state = makeState(DEFAULT_INIT);
    state.type = 'error';
    state.status = 0;
    state.headers = makeImmutable(new Headers());
    return new Response(INTERNAL, state);
  }

  static redirect(url: unknown, status: unknown = 302): Response {
    requireArguments(arguments.length, 1, 'Response.redirect');
    const record = parseUrl(usvString(url));
    const code = unsignedShort(status);
    if (record === null) throw new TypeError('Response.redirect: url is not a valid absolute URL');
    if (!REDIRECT_STATUSES.includes(code)) throw new RangeError(`Response.redirect: ${code} is no redirect status`);
    const state = makeState({ ...DEFAULT_INIT, status: code });
    state.headers = makeImmutable(headersOf([['location', serializeUrl(record)]]));
    return new Response(INTERNAL, state);
  }

  static json(data: unknown, init: unknown = undefined): Response {
    requireArguments(arguments.length, 1, 'Response.json');
    const text = stringifyJson(data) as string | undefined;
    if (text === undefined) throw new TypeError('Response.json: data cannot be written as JSON');
    const state = makeState(convertInit(init));
    setBody(state, new Body({ kind: 'text', text: usvString(text) }), 'application/json');
    return new Response(INTERNAL, state);
  }

  get type(): string {
    return this.#state.type;
  }

  get url(): string {
    return this.#state.url;
  }

  get redirected(): boolean {
    return this.#state.isRedirected;
  }

  get status(): number {
    return this.#state.status;
  }

  get ok(): boolean {
    const { status } = this.#state;
    return status >= 200 && status <= 299;
  }

  get statusText(): string {
    return this.#state.statusText;
  }

  get headers(): Headers {
    return headersOfState(this.#state);
  }

  clone(): Response {
    const state = this.#state;
    if (state.body?.isUnusable === true) {
      throw new TypeError('Response.clone: the body has been read already, or is locked by a reader');
    }
    const headers = state.headers === null ? null : headersOf([...listOf(state.headers)]);
    return new Response(INTERNAL, { ...state, headers, body: state.body?.clone() ?? null });
  }
}
export interface Response extends BodyMixin {}

const TEXT_TYPE = 'text/plain;charset=UTF-8';

defineInterface(Response, 'Response');
defineBodyMixin(Response.prototype, {
  bodyOf: (self) => stateOf(self as Response).body,
  contentTypeOf: (self) => contentType(stateOf(self as Response)),
});

/** What the bridge needs of a response. */
export function responseParts(response: Response): { status: number; headers: string; body: Body | null } {
  const { status, headers, bodyType, body } = stateOf(response);
  const block = headers === null ? typeBlock(bodyType) : toHeaderBlock(listOf(headers));
  return { status, headers: block, body };
}

/** The response to a `fetch`. Its headers are immutable. */
export function fetchedResponse(answer: FetchAnswer, body: Body | null): Response {
  const { status, statusText, url, isRedirected, headers } = answer;
  const state = makeState({ status, statusText, headers: undefined });
  state.url = url;
  state.isRedirected = isRedirected;
  state.headers = makeImmutable(headersOf(parseHeaderBlock(headers)));
  state.body = body;
  return new Response(INTERNAL, state);
}

function makeState({ status, statusText, headers }: ResponseInit): ResponseState {
  const state: ResponseState = {
    type: 'default',
    url: '',
    isRedirected: false,
    status,
    statusText,
    headers: null,
    bodyType: null,
    body: null,
  };
  if (headers !== undefined) {
    state.headers = new Headers();
    fill(state.headers, headers);
  }
  return state;
}

function convertInit(init: unknown): ResponseInit {
  if (init === undefined) return DEFAULT_INIT;
  const given = dictionary(init, 'Response: init');
  const { headers } = given;
  const status = given['status'] === undefined ? 200 : unsignedShort(given['status']);
  const statusText = given['statusText'] === undefined ? '' : byteString(given['statusText'], 'Response: statusText');
  if (status < 200 || status > 599)
    throw new RangeError(`Response: the status ${status} is not in the range 200 to 599`);
  if (!STATUS_TEXT.test(statusText)) throw new TypeError('Response: statusText has a control character');
  return { status, statusText, headers };
}

function setBody(state: ResponseState, body: Body, type: string | null): void {
  if (NULL_BODY_STATUSES.includes(state.status)) {
    throw new TypeError(`Response: a response with the status ${state.status} cannot have a body`);
  }
  state.body = body;
  state.bodyType = type;
  if (state.headers !== null && type !== null) addContentType(listOf(state.headers), type);
}

function addContentType(list: HeaderList, type: string): void {
  if (getHeader(list, 'content-type') === null) list.push(['content-type', type]);
}

function headersOfState(state: ResponseState): Headers {
  return (state.headers ??= headersOf(state.bodyType === null ? [] : [['content-type', state.bodyType]]));
}

function contentType({ headers, bodyType }: ResponseState): string | null {
  return headers === null ? bodyType : getHeader(listOf(headers), 'content-type');
}

function typeBlock(type: string | null): string {
  return type === null ? '' : `content-type\n${type}\n`;
}

export { isResponse };
