import { STATUS_CODES } from 'node:http';
import {
  type ErrorFacts,
  errorStatus,
  type ErrorCode,
  isLimitName,
  limitHint,
  type LimitName,
  OUTCOMES,
  type Outcome,
  type Problem,
  problemTypeUri,
  type SovfnError,
} from '@sovfn/protocol';
import type { CallFailure } from '../calls/call-handler.ts';
import type { DeployedFunction } from '../routes/deployed-functions.ts';
import type { MetLimit } from './response-headers.ts';

/** The parts of a problem that are not always the same. */
export interface ProblemParts {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly hint: string | null;
  readonly invocation: string | null;
  readonly outcome?: Outcome | null;
  readonly limit?: string | null;
  readonly limitValue?: number | null;
  readonly measured?: number | null;
  readonly facts?: ErrorFacts;
}

export function makeProblem(parts: ProblemParts): Problem {
  const status = errorStatus(parts.code);
  return {
    type: problemTypeUri(parts.code),
    title: STATUS_CODES[status] ?? 'Client Closed Request',
    status,
    detail: parts.detail,
    code: parts.code,
    hint: parts.hint,
    invocation: parts.invocation,
    outcome: parts.outcome ?? null,
    limit: parts.limit ?? null,
    limitValue: parts.limitValue ?? null,
    measured: parts.measured ?? null,
    facts: { ...parts.facts },
  };
}

/** The facts `limit`, `limitValue` and `measured` are shown in the problem's own fields as well. */
export function problemOfError(error: SovfnError, invocation: string | null): Problem {
  const { code, message: detail, hint, facts } = error;
  const limit = typeof facts.limit === 'string' ? facts.limit : null;
  const limitValue = typeof facts.limitValue === 'number' ? facts.limitValue : null;
  const measured = typeof facts.measured === 'number' ? facts.measured : null;
  return makeProblem({ code, detail, hint, invocation, facts, limit, limitValue, measured });
}

/**
 * What the public is told about a failed call. A function's error text and stack are not for its callers: they may hold
 * data of others. They are in the function's log and in the answer of the control API's `invoke`. What the gateway found
 * out itself is told as it is.
 */
export function problemOfFailure(failure: CallFailure, to: DeployedFunction, invocation: string): Problem {
  const met = metLimit(failure, to);
  const isFunctionsFault = OUTCOMES[failure.outcome].fault === 'function';
  return makeProblem({
    code: failure.code,
    outcome: failure.outcome,
    detail: isFunctionsFault ? functionFault(failure, to, met) : platformFault(failure, to),
    hint: hintOf(failure.outcome, met?.limit ?? null, to.name, isFunctionsFault),
    invocation,
    limit: met?.limit ?? null,
    limitValue: met?.value ?? null,
    measured: met?.measured ?? null,
  });
}

/** The limit that a failed call has met. A cell that was killed does not say which of its functions has which. */
export function metLimit({ detail }: CallFailure, to: DeployedFunction): MetLimit | null {
  const { limit, limitValue, measured } = detail;
  if (limit === null || !isLimitName(limit)) return null;
  return { limit, value: limitValue ?? to.limits[limit] ?? null, measured };
}

function functionFault(failure: CallFailure, to: DeployedFunction, met: MetLimit | null): string {
  const measured = met === null || met.measured === null ? '' : ` (measured ${met.measured})`;
  const values = met === null || met.value === null ? '' : ` of ${met.value}${measured}`;
  switch (failure.outcome) {
    case 'exceeded-cpu':
      return `"${to.name}" used more CPU time than its limit cpuMs${values}`;
    case 'exceeded-wall-time':
      return `"${to.name}" did not answer within its limit wallMs${values}`;
    case 'exceeded-memory':
      if (failure.isOwn) return `the process that ran "${to.name}" held more memory than its functions may${values}`;
      return `"${to.name}" used more memory than its limit memoryMb${values}`;
    case 'exceeded-startup':
      return `"${to.name}" took longer to load than its limit startupMs${values}`;
    case 'invalid-response':
      return `"${to.name}" answered with something that is no HTTP response`;
    case 'never-settled':
      return `"${to.name}" waits for something that can never happen, and so never answers`;
    case 'bad-bundle':
      return `"${to.name}" cannot be loaded: its code fails or has no handler`;
    case 'version-untrusted':
      return `"${to.name}" was not run: no developer whom its tenant trusts has signed this version`;
    case 'isolate-replaced':
      return `"${to.name}" was restarted while it ran, because another of its calls passed a limit`;
    default:
      return `"${to.name}" failed with an error of its own`;
  }
}

function platformFault(failure: CallFailure, to: DeployedFunction): string {
  if (failure.isOwn) return failure.detail.message;
  if (failure.outcome === 'node-overloaded')
    return `the node was too busy to give "${to.name}" the CPU time it may use`;
  return `"${to.name}" could not be run: ${failure.outcome}`;
}

function hintOf(outcome: Outcome, limit: LimitName | null, name: string, isFunctionsFault: boolean): string {
  if (limit !== null) return limitHint(limit);
  if (outcome === 'isolate-replaced') return 'Send the request again.';
  if (outcome === 'version-untrusted')
    return 'Its owner deploys it with --sign-key and the key of a signer: sovfn signers list';
  if (isFunctionsFault) return `Its owner sees the error with its stack: sovfn logs ${name}`;
  return OUTCOMES[outcome].repeatable ? 'Nothing was run: send the request again in a moment.' : RAN_PERHAPS;
}

const RAN_PERHAPS = 'It is not certain whether the function ran: repeat the request only if that does no harm.';
