/** `res` of Express-style handlers. What is written is kept until the end, then answered whole. */
import type { CookieOptions, ExpressResponse } from '../../types/express.d.ts';

type Chunk = string | Uint8Array;
type HeaderValue = string | number | readonly string[];

const TYPES: Readonly<Record<string, string>> = {
  json: 'application/json; charset=utf-8',
  html: 'text/html; charset=utf-8',
  text: 'text/plain; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
  xml: 'application/xml',
};
const BODYLESS: ReadonlySet<number> = new Set([204, 205, 304]);
const TEXTS: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  204: 'No Content',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  500: 'Internal Server Error',
};

export class Answer implements ExpressResponse {
  statusCode = 200;
  readonly locals: Record<string, unknown> = {};
  readonly #headers = new Headers();
  readonly #chunks: Chunk[] = [];
  readonly #settled = Promise.withResolvers<Response>();
  readonly #method: string;
  #ended = false;

  constructor(method: string) {
    this.#method = method;
  }

  get response(): Promise<Response> {
    return this.#settled.promise;
  }

  get headersSent(): boolean {
    return this.#ended;
  }

  get writableEnded(): boolean {
    return this.#ended;
  }

  /** Fails the call, unless it was answered. */
  fail(error: unknown): void {
    if (this.#ended) console.error('after the answer:', error);
    this.#settled.reject(error);
  }

  status(code: number): this {
    this.statusCode = code;
    return this;
  }

  sendStatus(code: number): this {
    return this.status(code)
      .type('text')
      .send(TEXTS[code] ?? String(code));
  }

  set(name: string | Readonly<Record<string, HeaderValue>>, value?: HeaderValue): this {
    if (typeof name === 'string') return this.setHeader(name, value!);
    for (const [one, given] of Object.entries(name)) this.setHeader(one, given);
    return this;
  }

  header(name: string, value: HeaderValue): this {
    return this.setHeader(name, value);
  }

  setHeader(name: string, value: HeaderValue): this {
    this.#headers.delete(name);
    for (const one of Array.isArray(value) ? (value as readonly string[]) : [String(value)])
      this.#headers.append(name, one);
    return this;
  }

  append(name: string, value: string): this {
    this.#headers.append(name, value);
    return this;
  }

  get(name: string): string | undefined {
    return this.#headers.get(name) ?? undefined;
  }

  getHeader(name: string): string | undefined {
    return this.get(name);
  }

  removeHeader(name: string): void {
    this.#headers.delete(name);
  }

  type(type: string): this {
    return this.setHeader('content-type', TYPES[type] ?? type);
  }

  cookie(name: string, value: string, options: CookieOptions = {}): this {
    return this.append('set-cookie', cookieText(name, value, options));
  }

  clearCookie(name: string, options: CookieOptions = {}): this {
    return this.cookie(name, '', { ...options, expires: new Date(0) });
  }

  json(value: unknown): this {
    if (!this.#headers.has('content-type')) this.type('json');
    return this.end(JSON.stringify(value) ?? '');
  }

  send(body?: unknown): this {
    if (body === undefined || body === null) return this.end();
    if (body instanceof Uint8Array) {
      if (!this.#headers.has('content-type')) this.type('application/octet-stream');
      return this.end(body);
    }
    if (typeof body !== 'string') return this.json(body);
    if (!this.#headers.has('content-type')) this.type('html');
    return this.end(body);
  }

  redirect(first: string | number, second?: string): void {
    const [code, location] = typeof first === 'number' ? [first, second!] : [302, first];
    this.status(code).set('location', location).end();
  }

  write(chunk: Chunk): boolean {
    if (this.#ended) throw new Error('write after end');
    this.#chunks.push(chunk);
    return true;
  }

  end(chunk?: Chunk): this {
    if (this.#ended) throw new Error('the answer was sent already');
    if (chunk !== undefined) this.#chunks.push(chunk);
    this.#ended = true;
    const hasNoBody = BODYLESS.has(this.statusCode) || this.#method === 'HEAD' || this.#chunks.length === 0;
    try {
      const init = { status: this.statusCode, headers: this.#headers };
      this.#settled.resolve(new Response(hasNoBody ? null : joined(this.#chunks), init));
    } catch (error) {
      this.#settled.reject(error);
    }
    return this;
  }
}

function cookieText(name: string, value: string, options: CookieOptions): string {
  const { domain, path = '/', expires, maxAge, httpOnly, secure, sameSite } = options;
  return [
    `${name}=${encodeURIComponent(value)}`,
    ...(maxAge === undefined ? [] : [`Max-Age=${Math.floor(maxAge / 1_000)}`]),
    ...(domain === undefined ? [] : [`Domain=${domain}`]),
    `Path=${path}`,
    ...(expires === undefined ? [] : [`Expires=${expires.toUTCString()}`]),
    ...(httpOnly === true ? ['HttpOnly'] : []),
    ...(secure === true ? ['Secure'] : []),
    ...(sameSite === undefined || sameSite === false
      ? []
      : [`SameSite=${sameSite === true ? 'Strict' : capital(sameSite)}`]),
  ].join('; ');
}

const capital = (word: string): string => `${word[0]!.toUpperCase()}${word.slice(1)}`;

function joined(chunks: readonly Chunk[]): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const parts = chunks.map((chunk) => (typeof chunk === 'string' ? encoder.encode(chunk) : chunk));
  const whole = new Uint8Array(parts.reduce((bytes, { length }) => bytes + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
