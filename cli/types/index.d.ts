/// <reference path="./files.d.ts" />
/**
 * Types for functions that run on sovfn. Types only: nothing of this package reaches a bundle.
 *
 * `Request`, `Response` and the other Web types come from TypeScript's `dom` library for now, so a function's tsconfig
 * needs `"lib": ["es2024", "dom"]`. That library also knows `window` and `document`; an isolate has neither.
 */

/**
 * What the entry file of a function exports by default: an object with at least one of these handlers.
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
  fetch?(request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response>;

  /**
   * Runs one tick of one of the function's `schedules`. The tick has succeeded when the handler resolves. When it throws or
   * exceeds a limit, it is tried again as `retry` of `sovfn.jsonc` says, and is a dead letter after the last attempt; so a
   * tick may run more than once, and `controller.scheduledTime` tells the same one again.
   */
  scheduled?(controller: ScheduledController, env: Env, ctx: ExecutionContext): void | Promise<void>;

  /**
   * Takes a batch of messages that the function's code has sent to one of its `queue` bindings.
   *
   * - A message about which the handler decides (`ack`, `retry`) is done, or comes again, however the call ends: the first
   *   decision about it counts.
   * - Of the other messages: all are done when the handler resolves; all come again when it throws or exceeds a limit.
   * - A message that comes again does so after `delaySeconds`, or after the delays of `retry` of `sovfn.jsonc`. After the
   *   last attempt it is a dead letter.
   * - A message may be delivered more than once, and messages come in no order.
   */
  queue?(batch: MessageBatch, env: Env, ctx: ExecutionContext): void | Promise<void>;
}

/** One tick of a schedule. */
export interface ScheduledController {
  /** When the tick was due: milliseconds since 1970. The same on each attempt. */
  readonly scheduledTime: number;
  /** As in `sovfn.jsonc`. */
  readonly cron: string;
  /** Name of the schedule, for a function that has several. */
  readonly name: string;
  /** 1 for the first. */
  readonly attempt: number;
  /** If this attempt fails, there is no other. */
  noRetry(): void;
}

/** Messages of one queue: up to `batchSize`, gathered for up to `batchWait`. */
export interface MessageBatch<Body = unknown> {
  /** Name of the binding, for a function that has several. */
  readonly queue: string;
  readonly messages: readonly Message<Body>[];
  /** Every message is done about which nothing was decided. */
  ackAll(): void;
  /** Every message comes again about which nothing was decided. */
  retryAll(options?: RetryOptions): void;
}

/** One message of a queue. */
export interface Message<Body = unknown> {
  /** The same on each attempt: what tells a repeated delivery. */
  readonly id: string;
  /** When the message was sent. */
  readonly timestamp: Date;
  /** What was sent: a string, bytes as a `Uint8Array`, or the value that was written as JSON. */
  readonly body: Body;
  /** 1 for the first. */
  readonly attempts: number;
  /** The message is done, even if the handler throws later. */
  ack(): void;
  /** The message comes again. */
  retry(options?: RetryOptions): void;
}

export interface RetryOptions {
  /** Not before then: 0 to 2,592,000 (30 days). Without it, as `retry` of `sovfn.jsonc` says. */
  delaySeconds?: number;
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

/** A `kv` binding: small values by key, of this function alone. Keys: 1–512 bytes. Values: up to 512 KiB. */
export interface KvNamespace {
  /** The value, or null when there is none (any more). */
  get(key: string, type?: 'text'): Promise<string | null>;
  get<Value = unknown>(key: string, type: 'json'): Promise<Value | null>;
  get(key: string, type: 'bytes'): Promise<Uint8Array | null>;
  /** The value with its revision, for a conditional write. */
  getWithRevision(key: string, type?: 'text'): Promise<{ value: string; revision: number } | null>;
  getWithRevision<Value = unknown>(key: string, type: 'json'): Promise<{ value: Value; revision: number } | null>;
  getWithRevision(key: string, type: 'bytes'): Promise<{ value: Uint8Array; revision: number } | null>;
  /**
   * Returns the value's revision when it is stored, or null when `ifRevision` did not fit. `ifRevision: 0`: only if there
   * never was a value. `expirationTtl`: seconds, from 1.
   */
  put(
    key: string,
    value: string | ArrayBuffer | ArrayBufferView,
    options?: { expirationTtl?: number; ifRevision?: number },
  ): Promise<number | null>;
  /** False when `ifRevision` did not fit. */
  delete(key: string, options?: { ifRevision?: number }): Promise<boolean>;
  /** Keys in order, at most `limit` (1–1,000). Go on with `cursor` until it is null. */
  list(options?: { prefix?: string; limit?: number; cursor?: string | null }): Promise<{
    keys: string[];
    cursor: string | null;
  }>;
}

/** An object of a bucket without its content. */
export interface BucketObjectFacts {
  readonly key: string;
  readonly size: number;
  /** Of this content: another one has another. Without quotes. */
  readonly etag: string;
  readonly modifiedAt: Date;
  readonly contentType: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

/** An object with its content, which can be read once. */
export interface BucketObject extends BucketObjectFacts {
  readonly body: ReadableStream<Uint8Array>;
  bytes(): Promise<Uint8Array>;
  text(): Promise<string>;
  json<Value = unknown>(): Promise<Value>;
}

/** On the object that is there now: its etag, or `*` for any. */
export interface BucketCondition {
  etagMatches?: string;
  etagDoesNotMatch?: string;
}

/** A `bucket` binding: objects of any size, of this function alone, in the company's own S3 store. */
export interface Bucket {
  get(key: string): Promise<BucketObject | null>;
  /** Without its content (no `body`) when the condition does not hold. */
  get(key: string, options: { onlyIf?: BucketCondition }): Promise<BucketObject | BucketObjectFacts | null>;
  head(key: string): Promise<BucketObjectFacts | null>;
  /**
   * False when `onlyIf` does not hold, and nothing is stored: of several writers with the etag of the same object one
   * stores. `onlyIfAbsent` is short for `etagDoesNotMatch: '*'`. A stream of more than 8 MiB needs its `size` in bytes; it
   * becomes visible whole or not at all, and has no condition.
   */
  put(
    key: string,
    value: BodyInit,
    options?: {
      size?: number;
      contentType?: string;
      metadata?: Record<string, string>;
      onlyIf?: BucketCondition;
      onlyIfAbsent?: boolean;
    },
  ): Promise<boolean>;
  /** Also succeeds when there is no such object. */
  delete(key: string): Promise<void>;
  /** In byte order of their keys, at most `limit` (1–1,000). Go on with `cursor` until it is null. */
  list(options?: { prefix?: string; limit?: number; cursor?: string | null }): Promise<{
    objects: Pick<BucketObjectFacts, 'key' | 'size' | 'modifiedAt'>[];
    cursor: string | null;
  }>;
}

/** A `queue` binding: durable messages to this function's own `queue` handler (see `Handler`). Up to 128 KiB each. */
export interface Queue {
  /** Resolves when the message is stored. Strings and bytes go as they are, everything else as JSON. */
  send(message: unknown, options?: { delaySeconds?: number }): Promise<void>;
  /** Up to 100 messages, 4 MiB in all. After an error some of them may be stored. */
  sendBatch(messages: Iterable<{ body: unknown; delaySeconds?: number }>): Promise<void>;
}

/** A `service` binding: another function of the tenant, in the same zone, called without HTTP. Bodies up to 832 KiB. */
export interface ServiceBinding {
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
}
