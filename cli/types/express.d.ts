/** Handlers and middleware in the style of Express, `(req, res, next)`, as functions of sovfn. The common subset; see the guide. */
import type { ExecutionContext } from './index.d.ts';

export interface ExpressRequest {
  readonly method: string;
  /** Path and query. */
  url: string;
  readonly originalUrl: string;
  readonly path: string;
  readonly protocol: string;
  readonly secure: boolean;
  readonly hostname: string;
  /** Of the caller. */
  readonly ip: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Values of a name that stands several times are a list. */
  readonly query: Readonly<Record<string, string | string[]>>;
  /** For a router to fill in. */
  params: Record<string, string>;
  readonly cookies: Readonly<Record<string, string>>;
  /** By its content type: what JSON says, an object of form fields, text, or bytes; undefined without a body. */
  body: unknown;
  /** What `sovfn.jsonc` gives to the code: vars, secrets, bindings. */
  readonly env: Readonly<Record<string, unknown>>;
  /** The request itself; its body has been read. */
  readonly raw: Request;
  waitUntil(promise: Promise<unknown>): void;
  get(name: string): string | undefined;
  header(name: string): string | undefined;
  /** Middleware may add what it found. */
  [key: string]: unknown;
}

export interface CookieOptions {
  readonly domain?: string;
  readonly path?: string;
  readonly expires?: Date;
  /** Milliseconds. */
  readonly maxAge?: number;
  readonly httpOnly?: boolean;
  readonly secure?: boolean;
  readonly sameSite?: boolean | 'lax' | 'strict' | 'none';
}

export interface ExpressResponse {
  statusCode: number;
  /** Whether the answer is settled. */
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  readonly locals: Record<string, unknown>;
  status(code: number): this;
  sendStatus(code: number): this;
  set(name: string, value: string | number | readonly string[]): this;
  set(headers: Readonly<Record<string, string | number | readonly string[]>>): this;
  header(name: string, value: string | number | readonly string[]): this;
  setHeader(name: string, value: string | number | readonly string[]): this;
  append(name: string, value: string): this;
  get(name: string): string | undefined;
  getHeader(name: string): string | undefined;
  removeHeader(name: string): void;
  type(type: string): this;
  cookie(name: string, value: string, options?: CookieOptions): this;
  clearCookie(name: string, options?: CookieOptions): this;
  json(value: unknown): this;
  send(body?: unknown): this;
  redirect(location: string): void;
  redirect(status: number, location: string): void;
  /** Kept until `end`: answers are sent whole. */
  write(chunk: string | Uint8Array): boolean;
  end(chunk?: string | Uint8Array): this;
}

export type NextFunction = (error?: unknown) => void;
export type ExpressHandler = (req: ExpressRequest, res: ExpressResponse, next: NextFunction) => unknown;
export type ExpressErrorHandler = (
  error: unknown,
  req: ExpressRequest,
  res: ExpressResponse,
  next: NextFunction,
) => unknown;

/**
 * ```ts
 * import { fromExpress } from 'sovfn/express';
 * import { handler } from './handler.js';
 *
 * export default fromExpress(handler);
 * ```
 *
 * Handlers run in their order, each when the one before has called `next`; those with four parameters when something was thrown or given to
 * `next`. What nobody handles fails the call (500 `exception`); 404 when nobody answered.
 */
export function fromExpress(...handlers: readonly (ExpressHandler | ExpressErrorHandler)[]): {
  fetch(request: Request, env: Readonly<Record<string, unknown>>, ctx: ExecutionContext): Promise<Response>;
};
