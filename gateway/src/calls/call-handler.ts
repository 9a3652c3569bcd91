import {
  type AnswerFrame,
  type Call,
  CELL_DOWN_LIMITS,
  type CellDown,
  type EndFrame,
  type ErrorCode,
  type FailureDetail,
  type HandlerReport,
  type Outcome,
  type Runner,
  type Usage,
} from '@sovfn/protocol';
import type { CallTarget } from './call-target.ts';

/** A call as its starter describes it; the rest of the message depends on how it is sent. */
export type OutgoingCall = Omit<Call, 'remainingMs' | 'resends' | 'probe' | 'isTraced'>;

/**
 * What a call tells its starter. Exactly one of these comes last, and nothing after it: `onAnswer` with a complete
 * answer, `onEnd`, or `onFailure`. After `cancel()` nothing comes at all. Callbacks run inside the socket's read event:
 * they must not throw.
 */
export interface CallHandler {
  /** The head of the function's response, with the whole body when `complete`. `body` is a view: copy it to keep it. */
  onAnswer(answer: AnswerFrame): void;
  /** `take()` has a chunk of the response's body. */
  onChunk(): void;
  /** The response's body is whole; its last chunks may still have to be taken. */
  onEnd(end: EndFrame): void;
  onFailure(failure: CallFailure): void;
  /** `write()` has room again. */
  onRoom(): void;
}

/** Why a call has no (whole) response of its function. */
export interface CallFailure {
  /** The outcome, or a code of the catalogue that says it more exactly. */
  readonly code: ErrorCode;
  readonly outcome: Exclude<Outcome, 'ok'>;
  readonly detail: FailureDetail;
  /** What a `scheduled` or `queue` handler had decided before it failed; null when it had not. */
  readonly report: HandlerReport | null;
  /** The gateway found it out itself, so that the detail's texts are its own and not the cell's. */
  readonly isOwn: boolean;
  /** Who ran it, when that is known. */
  readonly runner: Runner | null;
  readonly usage: Usage | null;
}

const NO_LIMIT = { limit: null, limitValue: null, measured: null, errorName: null, stack: null } as const;

export function failureOf(outcome: Exclude<Outcome, 'ok'>, message: string, code: ErrorCode = outcome): CallFailure {
  return { code, outcome, detail: { ...NO_LIMIT, message }, report: null, isOwn: true, runner: null, usage: null };
}

/** The call was refused everywhere it was sent, the last time with `outcome`. */
export function refusalFailure(outcome: Outcome, target: CallTarget, runner: Runner): CallFailure {
  if (outcome === 'ok') return failureOf('internal-error', 'a cell refused a call with the outcome "ok"');
  const where = `"${target.function}" in zone "${target.zone}"`;
  return { ...failureOf(outcome, `node "${runner.node}" did not start ${where}: ${outcome}`), runner };
}

/** Nobody takes the call now. `live`: nodes of its zone that take calls, by country. */
export function nobodyFailure({ zone, countries }: CallTarget, live: ReadonlyMap<string, number>): CallFailure {
  const there = [...live.keys()];
  if (there.some((country) => countries?.includes(country) ?? true))
    return failureOf('no-capacity', `every node of zone "${zone}" is full`);
  if (there.length > 0) {
    const what = `the nodes of zone "${zone}" are in ${there.toSorted().join(', ')}`;
    return failureOf('no-node-in-zone', `${what}, and the tenant of the function has not accepted that`);
  }
  return failureOf('no-node-in-zone', `no node of zone "${zone}" is connected, and the call may run nowhere else`);
}

export function overdueFailure(target: CallTarget, elapsedMs: number, runner: Runner | null): CallFailure {
  const limits = { limit: 'wallMs', limitValue: target.wallMs, measured: Math.round(elapsedMs) };
  const failure = failureOf('exceeded-wall-time', `no answer within the time limit of ${target.wallMs} ms`);
  return { ...failure, detail: { ...failure.detail, ...limits }, runner };
}

export function cellDownFailure(down: CellDown): CallFailure {
  const limit = CELL_DOWN_LIMITS[down.outcome];
  const failure = failureOf(down.outcome, `the cell that ran the call ended: ${down.outcome}`);
  const detail = { ...failure.detail, limit, limitValue: down.limitValue, measured: down.measured };
  return { ...failure, detail, runner: { node: down.node, cell: down.cell } };
}
