/**
 * What became of the calls of one function, as one gateway saw them. It is made once per function and found with the
 * routing entry: counting a call that went well is a few additions in place, without a string, an object or a look at the
 * clock. Hostile: the detail of a failure, which cells send; only numbers are taken from it.
 */
import { type FailureDetail, type LimitName, type Outcome, OUTCOMES, TRIGGERS, type Usage } from '@sovfn/protocol';

/** Whose fault the end of a call was. `none`: the function answered. */
export const FAULTS = ['none', 'function', 'caller', 'platform'] as const;
/** By the first digit of the status. */
export const STATUS_CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const;
/** Upper bounds of the durations' buckets; a last one holds everything longer. Milliseconds. */
export const DURATION_BOUNDS_MS = [
  1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000,
] as const;

/** Outcomes of calls that were ended because of a limit, and the limit. */
export const KILLS = {
  'exceeded-cpu': 'cpuMs',
  'exceeded-wall-time': 'wallMs',
  'exceeded-memory': 'memoryMb',
  'exceeded-startup': 'startupMs',
} as const satisfies Partial<Record<Outcome, LimitName>>;
export type KillOutcome = keyof typeof KILLS;

/** Calls that one limit ended, with what the last of them said. */
export interface Kills {
  readonly calls: number;
  /** In the unit of the limit's name; null when nobody knew. */
  readonly limitValue: number | null;
  readonly measured: number | null;
}

const FAULT_INDEX = { none: 0, function: 1, caller: 2, platform: 3 } as const;
const STATUSES_AT = TRIGGERS.length * FAULTS.length;
const BUCKETS_AT = STATUSES_AT + STATUS_CLASSES.length;
const DURATION_SUM_AT = BUCKETS_AT + DURATION_BOUNDS_MS.length + 1;
const CPU_AT = DURATION_SUM_AT + 1;
const COLD_AT = CPU_AT + 1;

export class CallCounts {
  /** All numbers that most calls touch, next to each other. */
  readonly #numbers = new Float64Array(COLD_AT + 1);
  readonly #failures = new Map<Exclude<Outcome, 'ok'>, number>();
  readonly #kills = new Map<KillOutcome, Kills>();

  /** The head of a response has come. */
  headed(status: number, cold: boolean): void {
    const index = Math.floor(status / 100) - 1;
    if (index >= 0 && index < STATUS_CLASSES.length) this.#numbers[STATUSES_AT + index]!++;
    if (cold) this.#numbers[COLD_AT]!++;
  }

  /** A response has ended whole. `trigger`: position in TRIGGERS. */
  succeeded(trigger: number, ms: number, cpuUs: number): void {
    this.#numbers[trigger * FAULTS.length]!++;
    this.#numbers[CPU_AT]! += cpuUs;
    this.#time(ms);
  }

  /** A call has ended without a whole response. */
  failed(trigger: number, ms: number, end: FailedEnd): void {
    const { outcome, detail, usage } = end;
    this.#numbers[trigger * FAULTS.length + FAULT_INDEX[OUTCOMES[outcome].fault]]!++;
    if (usage !== null) this.#numbers[CPU_AT]! += usage.cpuUs;
    this.#time(ms);
    this.#failures.set(outcome, (this.#failures.get(outcome) ?? 0) + 1);
    if (isKill(outcome)) this.#noteKill(outcome, detail);
  }

  /** Calls that have ended, of one trigger. */
  ended(trigger: number, fault: number): number {
    return this.#numbers[trigger * FAULTS.length + fault]!;
  }

  /** Responses of the class at this position of STATUS_CLASSES. */
  responses(statusClass: number): number {
    return this.#numbers[STATUSES_AT + statusClass]!;
  }

  /** Calls by their durations: not added up, one more than DURATION_BOUNDS_MS. */
  get buckets(): Float64Array {
    return this.#numbers.subarray(BUCKETS_AT, DURATION_SUM_AT);
  }

  get calls(): number {
    return this.buckets.reduce((sum, count) => sum + count, 0);
  }

  get durationMs(): number {
    return this.#numbers[DURATION_SUM_AT]!;
  }

  get cpuUs(): number {
    return this.#numbers[CPU_AT]!;
  }

  get coldStarts(): number {
    return this.#numbers[COLD_AT]!;
  }

  get failures(): ReadonlyMap<Exclude<Outcome, 'ok'>, number> {
    return this.#failures;
  }

  get kills(): ReadonlyMap<KillOutcome, Kills> {
    return this.#kills;
  }

  #time(ms: number): void {
    let bucket = 0;
    while (bucket < DURATION_BOUNDS_MS.length && ms > DURATION_BOUNDS_MS[bucket]!) bucket++;
    this.#numbers[BUCKETS_AT + bucket]!++;
    this.#numbers[DURATION_SUM_AT]! += ms;
  }

  #noteKill(outcome: KillOutcome, { limitValue, measured }: FailureDetail): void {
    const calls = (this.#kills.get(outcome)?.calls ?? 0) + 1;
    this.#kills.set(outcome, { calls, limitValue, measured });
  }
}

export interface FailedEnd {
  readonly outcome: Exclude<Outcome, 'ok'>;
  readonly detail: FailureDetail;
  readonly usage: Usage | null;
}

function isKill(outcome: Outcome): outcome is KillOutcome {
  return Object.hasOwn(KILLS, outcome);
}
