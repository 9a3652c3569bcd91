/**
 * One call for a batch of messages of one queue: what the function decided about each of them.
 *
 * Guarantees: nothing runs outside of the messages' zone. Hostile: the answer. One that is no report, or does not fit the
 * batch, decides about nothing.
 */
import {
  encodeBatch,
  EVENT_HEADERS,
  type HandlerReport,
  type HeaderBlock,
  NOTHING_REPORTED,
  decodeReport,
  packHeaders,
  type Settlement,
  settleBatch,
} from '@sovfn/protocol';
import type { CallFailure } from '../../calls/call-handler.ts';
import { type AnswerHead, CallBrokenOff, StreamedCall } from '../../calls/streamed-call.ts';
import type { AskedAttempt, AttemptSurroundings } from '../dispatch/attempt.ts';
import {
  type BegunCall,
  factsOf,
  failureOfCall,
  failureOfStart,
  notFound,
  refuseElsewhere,
  UNKNOWN,
  untilAborted,
} from '../dispatch/attempt-facts.ts';
import {
  type AttemptFacts,
  type AttemptFailure,
  attemptFailure,
  type AttemptResult,
} from '../dispatch/attempt-result.ts';

export type BatchSurroundings = Pick<AttemptSurroundings, 'functions' | 'calls' | 'newInvocation'>;

/** What a report may have. Bytes. */
const REPORT_BYTES = 64 * 1024;
const REPORTED = 200;
const DONE = { kind: 'response', status: REPORTED, retryAfterMs: null, output: null, last: null } as const;

/** A result for each message, in order. Throws what the signal is aborted with; whatever else goes wrong is a result. */
export async function callBatch(
  surroundings: BatchSurroundings,
  asked: readonly AskedAttempt[],
  signal: AbortSignal,
): Promise<AttemptResult[]> {
  signal.throwIfAborted();
  const { head } = asked[0]!;
  const to = surroundings.functions.get(head.tenant, head.function);
  const begun = { invocation: surroundings.newInvocation(), startedAt: new Date() };
  const refusal = to === null ? notFound(head) : refuseElsewhere(to, head);
  if (refusal !== null) return asked.map(() => ({ ...UNKNOWN, ...begun, ...refusal }));
  const call = { ...begun, to: to! };
  try {
    const { facts, outcome } = await makeCall(surroundings, asked, { call, signal });
    return settle(outcome, asked.length).map((result) => ({ ...facts, ...result }));
  } catch (error) {
    signal.throwIfAborted();
    const failure = attemptFailure('internal-error', error instanceof Error ? error.message : String(error));
    return asked.map(() => ({ ...UNKNOWN, ...begun, version: to!.version, ...failure }));
  }
}

/** How a call ended, and what its handler had decided. */
type BatchOutcome = { readonly report: HandlerReport | null; readonly failure: AttemptFailure | null };

interface MadeCall {
  readonly facts: AttemptFacts;
  readonly outcome: BatchOutcome;
}

async function makeCall(
  { calls }: BatchSurroundings,
  asked: readonly AskedAttempt[],
  { call, signal }: { readonly call: BegunCall; readonly signal: AbortSignal },
): Promise<MadeCall> {
  const { invocation, startedAt, to } = call;
  const queue = asked[0]!.head.queue!.binding;
  const body = Buffer.from(encodeBatch({ queue, messages: asked.map(messageOf) }));
  let streamed: StreamedCall;
  try {
    const headers = eventHeaders(asked);
    const head = { invocation, trigger: 'queue', method: 'POST', url: `queue:${queue}`, headers } as const;
    streamed = StreamedCall.start(calls, to.target, head, body);
  } catch (error) {
    const facts = { ...UNKNOWN, invocation, startedAt, version: to.version };
    return { facts, outcome: { report: null, failure: failureOfStart(error) } };
  }
  const stop = (): void => streamed.cancel();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const head = await untilAborted(streamed.head, signal);
    const outcome = 'status' in head ? await readReport(streamed, head) : outcomeOfFailure(head);
    return { facts: factsOf(call, streamed, head), outcome };
  } catch (error) {
    if (!(error instanceof CallBrokenOff)) throw error;
    return { facts: factsOf(call, streamed, error.failure), outcome: outcomeOfFailure(error.failure) };
  } finally {
    signal.removeEventListener('abort', stop);
    streamed.cancel();
  }
}

/** For the log of the call: the handler gets the messages, and no headers. */
function eventHeaders(asked: readonly AskedAttempt[]): HeaderBlock {
  const [{ head, attempt }] = asked as readonly [AskedAttempt];
  if (asked.length > 1) return packHeaders([EVENT_HEADERS.batch, asked.map((each) => each.head.id).join(',')]);
  return packHeaders([EVENT_HEADERS.event, head.id, EVENT_HEADERS.attempt, String(attempt)]);
}

function messageOf({ head, body, attempt }: AskedAttempt) {
  const { contentType } = head.queue!;
  return { id: head.id, timestamp: Date.parse(head.acceptedAt), attempts: attempt, contentType, bytes: body };
}

function outcomeOfFailure(failure: CallFailure): BatchOutcome {
  return { report: failure.report, failure: failureOfCall(failure) };
}

async function readReport(streamed: StreamedCall, { status }: AnswerHead): Promise<BatchOutcome> {
  if (status !== REPORTED) return noReport(`status ${status}`);
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of streamed.body()) {
    bytes += piece.length;
    if (bytes > REPORT_BYTES) return noReport(`more than ${REPORT_BYTES} bytes`);
    pieces.push(piece);
  }
  try {
    return { report: decodeReport(Buffer.concat(pieces)), failure: null };
  } catch (error) {
    return noReport(String(error));
  }
}

function noReport(found: string): BatchOutcome {
  const message = `the queue handler's cell answered with ${found.slice(0, 500)} in place of a report`;
  return { report: null, failure: attemptFailure('invalid-response', message) };
}

function settle(outcome: BatchOutcome, size: number) {
  const { report, failure } = outcome;
  try {
    const settlements = settleBatch(size, report ?? NOTHING_REPORTED, failure === null);
    return settlements.map((settlement) => resultOf(settlement, failure, size));
  } catch (error) {
    const unfit = noReport(String(error)).failure!;
    return new Array<AttemptFailure>(size).fill({ ...(failure ?? unfit), isShared: size > 1 });
  }
}

function resultOf(settlement: Settlement, failure: AttemptFailure | null, size: number) {
  if (settlement.type === 'ack') return DONE;
  const { delaySeconds } = settlement;
  if (delaySeconds === null && failure !== null) return { ...failure, isShared: size > 1 };
  return { kind: 'returned', delayMs: delaySeconds === null ? null : delaySeconds * 1_000 } as const;
}
