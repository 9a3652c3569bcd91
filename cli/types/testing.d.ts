/**
 * Tests of functions: calls one as the platform does, in a real isolate with the same limits and bindings, on a platform
 * of its own that lives as long as the test. Works in node:test, vitest, or a plain script.
 *
 * ```ts
 * import assert from 'node:assert/strict';
 * import { after, test } from 'node:test';
 * import { startFunction } from 'sovfn/testing';
 *
 * const invoice = await startFunction(new URL('..', import.meta.url));
 * after(() => invoice.stop());
 *
 * test('answers', async () => {
 *   assert.equal((await invoice.fetch('/')).status, 200);
 * });
 * ```
 */
import type { Bucket, KvNamespace } from './index.d.ts';

export interface StartOptions {
  /** Values of secrets. Those that `sovfn.jsonc` names and that are not given get random ones. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Values in place of those that `vars` of `sovfn.jsonc` has. */
  readonly vars?: Readonly<Record<string, string>>;
}

/**
 * Builds the function in `folder` and deploys it on the test's platform, which the first call of a process starts (some
 * seconds) and all others use: functions that are started in one process can call each other by `service` bindings.
 * Throws an Error with a `code` and, where there is one, a `hint`.
 */
export function startFunction(folder: string | URL, options?: StartOptions): Promise<TestFunction>;

/** A function that runs. */
export interface TestFunction {
  readonly name: string;
  /** Where it answers; ends with a slash. */
  readonly url: string;
  /** Calls it over HTTP. `path` begins with a slash and is what the function sees. */
  fetch(path?: string, init?: RequestInit): Promise<Response>;
  /** Runs a schedule of `sovfn.jsonc` as if it were that time: `2026-10-25T02:30` in the schedule's zone, or with an offset. */
  schedule(name: string, options?: { readonly at?: Date | string }): Promise<TestRun>;
  /**
   * Sends a delivery to a webhook of `sovfn.jsonc`, signed as its provider does. A body that is no string and no bytes is
   * sent as JSON. To send one that is signed wrongly, post to `webhookUrl`.
   */
  webhook(name: string, body: unknown, options?: DeliveryOptions): Promise<TestDelivery>;
  webhookUrl(name: string): string;
  /**
   * Puts messages into a queue, as `env.<binding>.sendBatch` does, and waits until each was tried. Strings and bytes go
   * as they are, everything else as JSON.
   */
  queue(binding: string, messages: readonly unknown[]): Promise<readonly TestRun[]>;
  /** What the function's code has as `env.<binding>`. */
  kv(binding: string): KvNamespace;
  bucket(binding: string): Bucket;
  /**
   * Resolves when none of the function's durable calls waits to begin or runs: also those that its code has started.
   * Those that wait for their next attempt, or for their time, are not waited for.
   */
  settled(): Promise<void>;
  /** What it has logged: all of it, or in one call. */
  logs(of?: Response | TestRun): Promise<readonly TestLogLine[]>;
  /** The last function that stops ends the platform and removes what it kept. Also done when the process ends. */
  stop(): Promise<void>;
}

export interface DeliveryOptions {
  /** Of the event, where the provider sends it in a header. */
  readonly type?: string;
  /** Of the delivery, where the provider sends it in a header; default: a new one. */
  readonly id?: string;
  /** Default: `application/json`. */
  readonly contentType?: string;
}

/** A durable call, after its first attempt. */
export interface TestRun {
  readonly event: string;
  /** `waiting`: the attempt failed and another follows. */
  readonly state: 'succeeded' | 'waiting' | 'dead-lettered' | 'expired' | 'cancelled';
  readonly attempts: number;
  /** Of the last attempt: `ok`, or why it failed, such as `exception` or `exceeded-cpu`. */
  readonly outcome: string | null;
  /** What the last attempt said of its failure. */
  readonly error: string | null;
  /** What the function answered, where it is kept: of webhooks and asynchronous calls, unless `outputs` is `none`. */
  readonly response: Response | null;
  /** As it is now. */
  refresh(): Promise<TestRun>;
}

export interface TestDelivery {
  /** What the sender is answered. */
  readonly status: number;
  /** The delivery was accepted before: nothing runs again. */
  readonly isDuplicate: boolean;
  /** Null: it was answered without running the function. */
  readonly run: TestRun | null;
}

export interface TestLogLine {
  readonly time: Date;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly text: string;
  readonly invocation: string | null;
}
