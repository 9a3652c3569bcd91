import type { LastResponse, Outcome } from '@sovfn/protocol';

/** What one attempt came to. */
export type AttemptResult = (AttemptResponse | AttemptFailure | AttemptReturned) & AttemptFacts;

export interface AttemptFacts {
  /** Of the attempt's call. */
  readonly invocation: string;
  readonly startedAt: Date;
  readonly version: string | null;
  readonly node: string | null;
  readonly cold: boolean | null;
  readonly cpuMs: number | null;
  readonly wallMs: number | null;
}

/** The function answered. */
export interface AttemptResponse {
  readonly kind: 'response';
  readonly status: number;
  /** What the response asks to wait before the next attempt; null: nothing. */
  readonly retryAfterMs: number | null;
  /** Prefix of its objects; null when none was kept. */
  readonly output: string | null;
  /** Of a response that does not end the event with success. */
  readonly last: LastResponse | null;
}

/** There is no response of the function, or no whole one. */
export interface AttemptFailure {
  readonly kind: 'failure';
  readonly outcome: Exclude<Outcome, 'ok'>;
  readonly message: string;
  /** The function wants no further attempt. */
  readonly isFinal: boolean;
  /** Other messages were in the same call: one of them may have been the reason. */
  readonly isShared: boolean;
}

/** The handler of a queue wants the message to come again. */
export interface AttemptReturned {
  readonly kind: 'returned';
  /** Null: as the function's configuration says. */
  readonly delayMs: number | null;
}

type Marks = Partial<Pick<AttemptFailure, 'isFinal' | 'isShared'>>;

export function attemptFailure(outcome: AttemptFailure['outcome'], message: string, marks: Marks = {}): AttemptFailure {
  return { kind: 'failure', outcome, message, isFinal: false, isShared: false, ...marks };
}
