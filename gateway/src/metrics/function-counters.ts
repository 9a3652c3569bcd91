import { type ErrorCode, functionKey, type TickState } from '@sovfn/protocol';
import { CallCounts } from './call-counts.ts';
import { makeFunctionGate } from '../http/admission/admission.ts';
import type { WaitGate } from '../http/admission/wait-gate.ts';
import { EventCounts } from './event-counts.ts';

/**
 * Why a span that a function made is not sent on: over a limit of its call or cell; what it says breaks a rule; too many wait.
 */
export type SpanDrop = 'limit' | 'invalid' | 'full';

/** Everything that a gateway counts of one function, over all of its versions. */
export class FunctionCounts {
  readonly calls = new CallCounts();
  /** HTTP calls of which no answer has come, and how many there may be. */
  readonly gate: WaitGate;
  readonly events = new EventCounts();
  /** HTTP requests that the gateway answered itself although no call had failed. */
  readonly refused = new Map<ErrorCode, number>();
  readonly ticks = new Map<TickState, number>();
  readonly spans = { kept: 0, dropped: new Map<SpanDrop, number>() };
  readonly outputs = { stored: 0, pending: 0, bytes: 0 };

  /** `shedAfterMs`: as for FunctionCounters. */
  constructor(shedAfterMs: number | null = null) {
    this.gate = makeFunctionGate(shedAfterMs);
  }

  noteRefused(code: ErrorCode): void {
    this.refused.set(code, (this.refused.get(code) ?? 0) + 1);
  }

  noteSpan(): void {
    this.spans.kept++;
  }

  noteSpansDropped(why: SpanDrop, spans: number): void {
    if (spans > 0) this.spans.dropped.set(why, (this.spans.dropped.get(why) ?? 0) + spans);
  }

  noteTicks(state: TickState, ticks: number): void {
    this.ticks.set(state, (this.ticks.get(state) ?? 0) + ticks);
  }
}

/**
 * The counts of the functions that are deployed. They last as long as the function, however often it is deployed; those of
 * a function that was deleted are gone with it, and begin at nothing when one of its name is deployed again.
 */
export class FunctionCounters {
  readonly #byFunction = new Map<string, FunctionCounts>();
  readonly #shedAfterMs: number | null;

  /** `shedAfterMs`: how long calls may wait before others are refused; null: as long as they do. */
  constructor(shedAfterMs: number | null = null) {
    this.#shedAfterMs = shedAfterMs;
  }

  /** For the routing entry: from now on the function has counts. */
  ensure(tenant: string, name: string): FunctionCounts {
    const key = functionKey(tenant, name);
    let counts = this.#byFunction.get(key);
    if (counts !== undefined) return counts;
    counts = new FunctionCounts(this.#shedAfterMs);
    this.#byFunction.set(key, counts);
    return counts;
  }

  /** Null for a function that is not deployed: what is still done for it is not counted. */
  find(tenant: string, name: string): FunctionCounts | null {
    return this.#byFunction.get(functionKey(tenant, name)) ?? null;
  }

  /** The function was deleted. `key`: that of its record. */
  forget(key: string): void {
    this.#byFunction.delete(key);
  }
}
