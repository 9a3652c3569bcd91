/**
 * Types for functions that run on sovfn. Types only: nothing of this package reaches a bundle.
 *
 * `Request`, `Response` and the other Web types come from TypeScript's `dom` library for now, so a function's tsconfig
 * needs `"lib": ["es2024", "dom"]`. That library also knows `window` and `document`; an isolate has neither.
 */

/**
 * What the entry file of a function exports by default.
 *
 * ```ts
 * import type { Handler } from 'sovfn';
 *
 * export default {
 *   async fetch(request, env, ctx) {
 *     return new Response('bonjour');
 *   },
 * } satisfies Handler;
 * ```
 *
 * `Env` describes the names that `vars` of `sovfn.jsonc` gives to the code:
 * `satisfies Handler<{ readonly CURRENCY: string }>`. It is a promise to the compiler; nothing checks it at run time.
 */
export interface Handler<Env = Readonly<Record<string, unknown>>> {
  /**
   * Answers one call. HTTP requests, webhooks and asynchronous calls all arrive here as an ordinary `Request` whose body
   * is untouched.
   *
   * - The path of `request.url` is what follows `/fn/<function>`, or the whole path when one of the function's `routes`
   *   led here.
   * - `request.signal` is aborted when the caller goes away or the call's time is up.
   * - A call that throws, answers with something that is no `Response`, or exceeds a limit of `sovfn.jsonc` is answered by
   *   the platform with `application/problem+json` that names the reason.
   * - Module variables live as long as the isolate, which serves many calls, some at the same time, and may be replaced
   *   between any two: keep nothing there that must last.
   */
  fetch(request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response>;
}

/** What belongs to one call beside its request. Of no use after the call has ended. */
export interface ExecutionContext {
  /**
   * Keeps the call alive after its answer until `promise` settles, at most `limits.waitUntilMs`. A rejection is logged and
   * changes nothing of the answer. Work that must not be lost belongs in a durable event instead: a node may fail.
   */
  waitUntil(promise: Promise<unknown>): void;

  /** Does nothing: there is no origin server behind a function to pass to. Here so that code for other platforms runs. */
  passThroughOnException(): void;

  /** Always empty. Here so that code for other platforms runs. */
  readonly props: Readonly<Record<string, never>>;
}
