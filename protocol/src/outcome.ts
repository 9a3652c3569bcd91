/**
 * How an invocation ended: one closed set, the only thing about a failure that crosses processes besides its details.
 * The code numbers travel in binary frames and never change their meaning.
 */
export const OUTCOMES = {
  ok: { code: 0, status: 200, retryable: false, repeatable: false, fault: 'none' },
  exception: { code: 1, status: 500, retryable: true, repeatable: false, fault: 'function' },
  'invalid-response': { code: 2, status: 502, retryable: false, repeatable: false, fault: 'function' },
  'never-settled': { code: 3, status: 500, retryable: false, repeatable: false, fault: 'function' },
  'exceeded-cpu': { code: 4, status: 503, retryable: false, repeatable: false, fault: 'function' },
  'exceeded-wall-time': { code: 5, status: 504, retryable: true, repeatable: false, fault: 'function' },
  'exceeded-memory': { code: 6, status: 503, retryable: false, repeatable: false, fault: 'function' },
  'exceeded-startup': { code: 7, status: 503, retryable: false, repeatable: false, fault: 'function' },
  'bad-bundle': { code: 8, status: 502, retryable: false, repeatable: false, fault: 'function' },
  'function-not-found': { code: 9, status: 404, retryable: false, repeatable: false, fault: 'caller' },
  canceled: { code: 10, status: 499, retryable: false, repeatable: false, fault: 'caller' },
  'load-shed': { code: 11, status: 503, retryable: true, repeatable: true, fault: 'platform' },
  'isolate-replaced': { code: 12, status: 503, retryable: true, repeatable: false, fault: 'function' },
  'cell-lost': { code: 13, status: 502, retryable: true, repeatable: false, fault: 'platform' },
  'not-started': { code: 14, status: 503, retryable: true, repeatable: true, fault: 'platform' },
  'no-capacity': { code: 15, status: 503, retryable: true, repeatable: true, fault: 'platform' },
  'no-node-in-zone': { code: 16, status: 503, retryable: true, repeatable: true, fault: 'platform' },
  'residency-unsatisfied': { code: 17, status: 503, retryable: true, repeatable: true, fault: 'platform' },
  'key-unavailable': { code: 18, status: 503, retryable: true, repeatable: true, fault: 'platform' },
  'output-store-full': { code: 19, status: 503, retryable: true, repeatable: true, fault: 'platform' },
  expired: { code: 20, status: 504, retryable: true, repeatable: false, fault: 'platform' },
  'internal-error': { code: 21, status: 500, retryable: true, repeatable: false, fault: 'platform' },
  'node-overloaded': { code: 22, status: 503, retryable: true, repeatable: false, fault: 'platform' },
  'version-untrusted': { code: 23, status: 502, retryable: false, repeatable: false, fault: 'function' },
} as const satisfies Record<string, OutcomeRule>;

export interface OutcomeRule {
  /** One byte on the wire. */
  readonly code: number;
  /** HTTP status of the answer when the function did not make one. */
  readonly status: number;
  /** May a later attempt of a durable event succeed? */
  readonly retryable: boolean;
  /** Is it certain that no code of the function ran, so that the gateway may send the same call again? */
  readonly repeatable: boolean;
  readonly fault: 'none' | 'function' | 'caller' | 'platform';
}

export type Outcome = keyof typeof OUTCOMES;

const BY_CODE: readonly Outcome[] = sortByCode();

export function outcomeRule(outcome: Outcome): OutcomeRule {
  return OUTCOMES[outcome];
}

export function isOutcome(value: string): value is Outcome {
  return Object.hasOwn(OUTCOMES, value);
}

/** The outcome of a wire code, or null when the number is unknown (a peer of another version, or a forgery). */
export function outcomeOfCode(code: number): Outcome | null {
  return BY_CODE[code] ?? null;
}

function sortByCode(): Outcome[] {
  const byCode: Outcome[] = [];
  for (const [name, rule] of Object.entries(OUTCOMES)) byCode[rule.code] = name as Outcome;
  return byCode;
}
