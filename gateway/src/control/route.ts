/**
 * A route of the control API as data: what it takes, what it answers, which errors it may end in. The router, the
 * checks of what comes in and goes out, and the OpenAPI document are all made from it, so they cannot differ.
 */
import type { ErrorCode, Problem } from '@sovfn/protocol';
import type { Readable } from 'node:stream';
import type { z } from 'zod';
import type { LoginBackOff } from '../access/login-back-off.ts';
import type { GatewayContext } from '../context.ts';
import type { Listener, Operation } from './access/route-scopes.ts';
import type { TokenGrant } from './access/tokens.ts';
import type { Deployer } from './deploy/deployer.ts';
import type { VersionChanges } from './deploy/version-changes.ts';
import type { BusWatch } from './logs/bus-watch.ts';

export type Method = 'get' | 'put' | 'post' | 'delete';

export interface RouteBody<B> {
  readonly schema: z.ZodType<B>;
  readonly maxBytes: number;
}

/** What a route answers with when it succeeds: a JSON document, or bytes of a media type. */
export type RouteAnswer =
  | { readonly kind: 'json'; readonly description: string; readonly schema: z.ZodType }
  | { readonly kind: 'bytes'; readonly description: string; readonly mediaType: string };

/** What a handler returns: a value that fits the answer's schema, a problem, or a stream with its own status and headers. */
export type Reply = { readonly json: unknown } | { readonly problem: Problem } | StreamReply;

export interface StreamReply {
  readonly status: number;
  /** `[name, value, …]`. */
  readonly headers: readonly string[];
  /** Destroyed when the client goes away. */
  readonly stream: Readable;
  /** Asked again while the stream goes on, besides whether the token is; false ends it. */
  readonly isStillAllowed?: () => Promise<boolean>;
}

export interface RouteRequest<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** Of the token: a request reaches the functions of this tenant only. */
  readonly tenant: string;
  readonly grant: TokenGrant;
  /** Of the client. */
  readonly address: string;
  /** Aborted when the client has gone away before the answer was complete. */
  readonly signal: AbortSignal;
}

/** What handlers work with besides the request. */
export interface ControlContext extends GatewayContext {
  readonly deployer: Deployer;
  readonly versionChanges: VersionChanges;
  readonly busWatch: BusWatch;
  readonly backOff: LoginBackOff;
  /** Where the request came in. */
  readonly listener: Listener;
  /** The document of `GET /v1/openapi.json`. */
  readonly openApi: unknown;
}

export interface Route<P = unknown, Q = unknown, B = unknown> {
  readonly method: Method;
  /** Parameters in braces, as OpenAPI writes them. */
  readonly path: `/v1/${string}` | '/metrics';
  /** Its scope is in the table of `access/route-scopes.ts`. */
  readonly operation: Operation;
  readonly summary: string;
  /** Strict objects: parameters and query strings are text. */
  readonly params: z.ZodObject & z.ZodType<P>;
  readonly query: z.ZodObject & z.ZodType<Q>;
  readonly body: RouteBody<B> | null;
  readonly answers: readonly [RouteAnswer, ...RouteAnswer[]];
  /** Besides those that every route may end in. */
  readonly errors: readonly ErrorCode[];
  readonly handle: (request: RouteRequest<P, Q, B>, context: ControlContext) => Promise<Reply>;
}

/** A route whose types are settled: what the table holds. */
export type AnyRoute = Omit<Route, 'handle'> & {
  readonly handle: (request: RouteRequest<never, never, never>, context: ControlContext) => Promise<Reply>;
};

export function defineRoute<P, Q, B>(route: Route<P, Q, B>): Route<P, Q, B> {
  return route;
}
